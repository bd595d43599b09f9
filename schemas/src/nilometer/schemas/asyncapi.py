"""The AsyncAPI 3 document: topics with their configuration, messages with their headers, made from the types."""

from collections.abc import Mapping
from typing import Any

from nilometer.schemas.contract import DIALECT, VERSION, documents
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topics
from nilometer.schemas.wire import MAX_BATCH_EVENTS, MAX_BODY_BYTES, NATIVE, OTLP_JSON, OTLP_PROTOBUF, SEAL

_FORMAT = f"application/schema+json;version={DIALECT.split('/')[4]}"

_EVENT_KEY = "trace_id"
_CHANNELS: dict[TopicName, tuple[str, tuple[str, ...], str]] = {
    "raw": ("What applications send, sealed: only stream workers can open it.", ("sealed_batch",), ""),
    "events": (
        "Masked and priced: spans, feedback and scores.",
        ("span", "feedback", "score", "span_detail"),
        _EVENT_KEY,
    ),
    "rollups": ("Mergeable counts; each message is one batch of one partition of `raw`.", ("rollup",), "partition"),
    "alerts": ("Each change of state of an alert.", ("alert",), "alert_id"),
    "controls": ("Decisions in force. Compacted. Nothing is published to it in this version.", (), ""),
    "dead": ("What could not be processed, sealed.", ("dead_letter",), "source"),
    "audit": ("Who did what.", ("audit",), "actor"),
}


def asyncapi() -> dict[str, Any]:
    """The document, in JSON's types. It speaks of the default settings, whatever is set where it is made."""
    # The environment is a parameter of the addresses; model_construct reads no variable and checks no pattern.
    settings = Settings.model_construct(environment="{environment}")
    channels: dict[str, Any] = {}
    for topic in topics(settings):
        name: TopicName = topic.name.rpartition(".")[2]  # pyright: ignore[reportAssignmentType]
        summary, messages, _ = _CHANNELS[name]
        channels[name] = {
            "address": topic.name,
            "description": summary,
            "parameters": {"environment": {"description": "Of Nilometer.", "default": "dev"}},
            "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
            "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": _binding(topic.config)}},
        }
    published = {kind: schema for kind, schema in documents().items() if kind != "raw"}
    keys = {message: key for _, messages, key in _CHANNELS.values() for message in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nilometer",
            "version": f"{VERSION.removeprefix('v')}.0.0",
            "description": "Events of LLM and agent operations over Kafka. "
            "Made by `python -m nilometer.schemas.generate`; the partition counts and times are the defaults.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": _operations(),
        "components": {
            "messages": {"sealed_batch": _sealed_batch()}
            | {kind: _message(kind, schema, keys[kind]) for kind, schema in published.items()},
        },
    }


def _operations() -> dict[str, Any]:
    def operation(action: str, channel: TopicName, summary: str) -> dict[str, Any]:
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}

    return {
        "publishTraffic": operation("send", "raw", "An application publishes through the SDK."),
        "receiveTraffic": operation("receive", "raw", "The stream worker opens, validates, masks and prices."),
        "publishEvents": operation("send", "events", "The stream worker publishes what may be read."),
        "receiveEvents": operation("receive", "events", "The loader writes to the warehouse; so may any other reader."),
        "publishRollups": operation("send", "rollups", "The stream worker counts."),
        "receiveRollups": operation("receive", "rollups", "The detector applies its rules."),
        "publishAlerts": operation("send", "alerts", "The detector says what changed."),
        "receiveAlerts": operation("receive", "alerts", "The notifier tells people, the loader keeps them."),
        "publishDeadLetters": operation("send", "dead", "The stream worker sets aside what it refuses."),
        "receiveDeadLetters": operation("receive", "dead", "The loader keeps them; `nilometer dead` lists them."),
        "publishAudit": operation("send", "audit", "Commands that change Nilometer say so."),
        "receiveAudit": operation("receive", "audit", "The loader keeps it."),
    }


def _binding(config: Mapping[str, str]) -> dict[str, Any]:
    """Kafka's configuration as the AsyncAPI binding types it."""
    return {key: [value] if key == "cleanup.policy" else int(value) for key, value in config.items()}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _sealed_batch() -> dict[str, Any]:
    return {
        "title": "Sealed batch",
        "contentType": "application/octet-stream",
        "description": f"HPKE over zstd over a body of up to {MAX_BATCH_EVENTS} events and {MAX_BODY_BYTES} bytes. "
        f"A body of the type {NATIVE} holds one event a line, as `raw.json` says. No key: the order is the times'.",
        "headers": _schema(
            {
                "type": "object",
                "required": ["nilometer-seal", "nilometer-key", "content-type", "content-encoding"],
                "properties": {
                    "nilometer-seal": _text("RFC 9180 base mode: X25519, HKDF-SHA256, AES-128-GCM.", const=SEAL),
                    "nilometer-key": _text("The key that opens it.", pattern="^[0-9a-f]{16}$"),
                    "content-type": _text("What the body is.", enum=[NATIVE, OTLP_PROTOBUF, OTLP_JSON]),
                    "content-encoding": _text("Applied before sealing.", const="zstd"),
                },
            }
        ),
        "payload": _schema({"type": "string", "format": "binary"}),
    }


def _message(kind: str, schema: dict[str, Any], key: str) -> dict[str, Any]:
    ours = f"dev.nilometer.{kind}.{VERSION}"
    return {
        "name": ours,
        "title": kind.replace("_", " "),
        "contentType": "application/json",
        "headers": _schema(
            {
                "type": "object",
                "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
                "properties": {
                    "ce_specversion": _text("CloudEvents, binary mode.", const="1.0"),
                    "ce_id": _text("The same however often the event is published: drop what you have seen."),
                    "ce_source": _text("/nilometer/<environment>"),
                    "ce_type": _text("The kind and its major version.", const=ours),
                    "ce_time": _text("The event's own time.", format="date-time"),
                    "ce_dataschema": _text("The JSON Schema's $id.", const=schema["$id"]),
                    "content-type": _text("Of the value.", const="application/json"),
                    "__value_schema_id": _text(
                        "Where a schema registry is set: the bytes that Confluent's clients look for, 1 and the "
                        "schema's 16-byte GUID (or 0 and its 4-byte id, from a registry without GUIDs).",
                        format="binary",
                    ),
                },
            }
        ),
        "payload": _schema(schema),
        "bindings": {"kafka": {"key": _text(f"From `{key}`.")}},
    }


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {"schemaFormat": _FORMAT, "schema": schema}
