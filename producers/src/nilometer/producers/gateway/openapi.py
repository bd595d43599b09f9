"""The gateway's OpenAPI document, at /openapi.json."""

from functools import cache
from typing import Any

import msgspec

_STATUS: dict[str, Any] = {"$ref": "#/components/schemas/Status"}
_REFUSALS: dict[str, str] = {
    "400": "The body cannot be read; sending it again does not help.",
    "401": "No API key, or none that is valid.",
    "403": "The API key is not for this.",
    "405": "Another method.",
    "408": "The body did not come in time.",
    "413": "The body is too large, or compressed too much; sending it again does not help.",
    "415": "The content-type or content-encoding is none of these.",
    "421": "Without API keys, only requests to localhost are answered.",
    "429": "Full: come back after Retry-After seconds.",
    "500": "An error of the gateway.",
    "503": "The broker is away: come back after Retry-After seconds.",
}
_ENCODING: dict[str, Any] = {
    "name": "content-encoding",
    "in": "header",
    "schema": {"type": "string", "enum": ["gzip", "deflate", "zstd", "identity"]},
}
_OTLP = "https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector"


@cache
def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nilometer gateway",
            "version": "1",
            "description": "OTLP/HTTP, Langfuse's OTLP path, CloudEvents and feedback. 200: the broker has it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"apiKey": []}, {"basic": []}],
        "paths": {
            "/v1/traces": {"post": _export("traces", "Spans")},
            "/v1/logs": {"post": _export("logs", "Log records")},
            "/v1/metrics": {"post": _export("metrics", "Metrics; read, counted and not kept: see partialSuccess")},
            "/api/public/otel/v1/traces": {"post": _export("langfuse", "Spans of Langfuse's SDKs", "traces")},
            "/v1/events": {"post": _events()},
            "/v1/feedback": {"post": _feedback()},
            "/healthz": {"get": _page("healthz", "Whether the process lives.", "text/plain", 200)},
            "/readyz": {"get": _page("readyz", "Whether requests would be taken.", "text/plain", 200, 503)},
            "/metrics": {
                "get": _page("prometheus", "Prometheus metrics; scope read.", "text/plain", 200, secured=True)
            },
            "/openapi.json": {"get": _page("openapi", "This document.", "application/json", 200)},
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "nlm_<id>_<secret>"},
                "basic": {"type": "http", "scheme": "basic", "description": "User: the key's id. Password: the key."},
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
            "schemas": {
                "Status": {
                    "type": "object",
                    "description": "google.rpc.Status; details hold RetryInfo with 429 and 503.",
                    "required": ["code", "message"],
                    "properties": {
                        "code": {"type": "integer"},
                        "message": {"type": "string"},
                        "details": {"type": "array", "items": {"type": "object"}},
                    },
                },
                "ExportResponse": {
                    "type": "object",
                    "properties": {"partialSuccess": {"type": "object"}},
                },
                "Accepted": {
                    "type": "object",
                    "required": ["accepted"],
                    "properties": {
                        "accepted": {"type": "integer"},
                        "rejected": {"type": "integer"},
                        "message": {"type": "string"},
                    },
                },
                "CloudEvent": {
                    "type": "object",
                    "required": ["specversion", "id", "source", "type", "data"],
                    "properties": {
                        "specversion": {"const": "1.0"},
                        "id": {"type": "string"},
                        "source": {"type": "string"},
                        "type": {
                            "enum": [
                                "dev.nilometer.span.v1",
                                "dev.nilometer.feedback.v1",
                                "dev.nilometer.score.v1",
                            ]
                        },
                        "data": {"type": "object"},
                    },
                },
                "Feedback": {
                    "type": "object",
                    "required": ["feedback_id", "trace_id", "created_at"],
                    "properties": {
                        "feedback_id": {"type": "string"},
                        "trace_id": {"type": "string"},
                        "created_at": {"type": "string", "format": "date-time"},
                        "span_id": {"type": ["string", "null"]},
                        "thumbs": {"enum": ["up", "down", None]},
                        "rating": {"type": ["number", "null"]},
                        "comment": {"type": ["string", "null"]},
                        "correction": {"type": ["string", "null"]},
                    },
                },
            },
        },
    }


@cache
def encoded() -> bytes:
    return msgspec.json.encode(document())


def _export(name: str, summary: str, signal: str | None = None) -> dict[str, Any]:
    proto = {"url": f"{_OTLP}/{signal or name}/v1"}
    content = {
        "application/x-protobuf": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"type": "object"}},
    }
    answer = {
        "application/x-protobuf": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"$ref": "#/components/schemas/ExportResponse"}},
    }
    return {
        "operationId": name,
        "summary": summary,
        "externalDocs": proto,
        "parameters": [_ENCODING],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "The broker has them.", "content": answer}, **_refusals(protobuf=True)},
    }


def _events() -> dict[str, Any]:
    event = {"schema": {"$ref": "#/components/schemas/CloudEvent"}}
    return {
        "operationId": "events",
        "summary": "Native events as CloudEvents: structured, batch, or binary (context in ce- headers).",
        "parameters": [_ENCODING],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": event,
                "application/cloudevents-batch+json": {"schema": {"type": "array", "items": event["schema"]}},
                "application/json": {"schema": {"type": "object"}},
            },
        },
        "responses": {"200": _accepted(), **_refusals()},
    }


def _feedback() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Feedback"}
    schema = {"oneOf": [one, {"type": "array", "items": one}]}
    return {
        "operationId": "feedback",
        "summary": "What a person said of a trace or a span.",
        "parameters": [_ENCODING],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": _accepted(), **_refusals()},
    }


def _accepted() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Accepted"}
    return {"description": "The broker has them.", "content": {"application/json": {"schema": schema}}}


def _refusals(*, protobuf: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": _STATUS}}
    if protobuf:
        content["application/x-protobuf"] = {"schema": {"type": "string", "format": "binary"}}
    return {code: {"description": words, "content": content} for code, words in _REFUSALS.items()}


def _page(name: str, summary: str, content_type: str, *codes: int, secured: bool = False) -> dict[str, Any]:
    responses: dict[str, Any] = {str(code): {"description": summary, "content": {content_type: {}}} for code in codes}
    refusals = ("401", "403", "405", "421", "503") if secured else ("405", "421")
    responses |= {code: found for code, found in _refusals().items() if code in refusals}
    return {
        "operationId": name,
        "summary": summary,
        "responses": responses,
        **({} if secured else {"security": list[Any]()}),
    }
