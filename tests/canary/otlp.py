"""OTLP requests with a canary in every field, in the words of several dialects."""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import EntityRef, InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar, Metric, NumberDataPoint
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.canary.native import Ids
from tests.canary.planter import Planter
from tests.decode.otlp import START, any_value, pairs


def traces(planter: Planter, ids: Ids) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url=planter.url("resource schema_url"))
    group.resource.CopyFrom(_resource(planter))
    scoped = group.scope_spans.add(schema_url=planter.url("scope schema_url"))
    scoped.scope.CopyFrom(_scope(planter))
    for attributes in (_genai, _tool, _openinference, _traceloop, _langfuse, _others, _unknown):
        scoped.spans.append(_span(planter, ids, attributes(planter)))
    return request


def logs(planter: Planter, ids: Ids) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add(schema_url=planter.url("log resource schema_url"))
    group.resource.CopyFrom(_resource(planter))
    scoped = group.scope_logs.add(schema_url=planter.url("log scope schema_url"))
    scoped.scope.CopyFrom(_scope(planter))
    said = planter.said
    records: list[tuple[str, Any, dict[str, Any]]] = [
        ("", said("log body"), {"zz": said("log attributes")}),
        (said("log event_name"), planter.anything("log body object"), {planter.as_key("log key"): 1}),
        ("exception", said("log body bytes").encode(), {"exception.message": said("log exception message")}),
        ("gen_ai.user.message", {"content": said("log gen_ai.user.message")}, {}),
        ("gen_ai.choice", {"index": 0, "message": {"content": said("log gen_ai.choice")}}, {}),
        (
            "gen_ai.client.inference.operation.details",
            None,
            {
                "gen_ai.input.messages": json.dumps(planter.messages("log details")),
                "gen_ai.system_instructions": [{"type": "text", "content": said("log system instructions")}],
            },
        ),
        (
            "gen_ai.evaluation.result",
            None,
            {
                "gen_ai.evaluation.name": said("log evaluation name"),
                "gen_ai.evaluation.score.label": said("log evaluation label"),
                "gen_ai.evaluation.explanation": said("log evaluation explanation"),
            },
        ),
    ]
    for name, body, attributes in records:
        trace = ids.trace()
        planter.arrive.setdefault(planter.ingress, set()).add(trace)
        scoped.log_records.append(
            LogRecord(
                time_unix_nano=START,
                trace_id=bytes.fromhex(trace),
                span_id=bytes.fromhex(trace[-16:]),
                severity_text=planter.bare("log severity_text"),
                event_name=name,
                body=any_value(body),
                attributes=pairs(attributes),
            )
        )
    return request


def metrics(planter: Planter) -> ExportMetricsServiceRequest:
    """Metrics are not kept, and must not be told of either."""
    said, labels = planter.said, pairs(planter.map("metric labels"))
    exemplar = Exemplar(filtered_attributes=pairs({"x": said("metric exemplar")}), as_int=1)
    metric = Metric(name=planter.bare("metric name"), description=said("metric description"), unit=said("metric unit"))
    metric.gauge.data_points.append(
        NumberDataPoint(as_int=1, time_unix_nano=START, exemplars=[exemplar], attributes=labels)
    )
    metric.metadata.extend(pairs({planter.as_key("metric metadata key"): said("metric metadata")}))
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add(schema_url=planter.url("metric resource schema_url"))
    group.resource.CopyFrom(_resource(planter))
    scoped = group.scope_metrics.add(schema_url=planter.url("metric scope schema_url"))
    scoped.scope.CopyFrom(_scope(planter))
    scoped.metrics.append(metric)
    return request


def as_json(request: ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest) -> bytes:
    """OTLP's JSON: ids are hexadecimal there, where protobuf's own JSON has base64."""
    document = MessageToDict(request)
    for group in document.get("resourceSpans", document.get("resourceLogs", [])):
        for scoped in group.get("scopeSpans", group.get("scopeLogs", [])):
            for record in scoped.get("spans", scoped.get("logRecords", [])):
                for holder in (record, *record.get("links", [])):
                    for name in ("traceId", "spanId", "parentSpanId"):
                        if name in holder:
                            holder[name] = _hex(holder[name])
    return json.dumps(document).encode()


def _hex(value: str) -> str:
    import base64

    return base64.b64decode(value).hex()


def malformed(planter: Planter, ids: Ids) -> list[bytes]:
    """JSON bodies of traces that cannot be taken, wholly or in part."""
    good = {"traceId": ids.trace(), "spanId": "00000000000000ab", "name": "x", "startTimeUnixNano": str(START)}
    said, bare = planter.said, planter.bare

    def body(**more: Any) -> bytes:
        return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [good | more]}]}]}).encode()

    deep: Any = {"stringValue": said("malformed: too deep")}
    for _ in range(60):
        deep = {"arrayValue": {"values": [deep]}}
    return [
        said("malformed: no JSON").encode(),
        b'{"resourceSpans": [' + json.dumps(said("malformed: cut off")).encode(),
        body(traceId=bare("malformed: traceId")),
        body(spanId=bare("malformed: spanId")),
        body(name={"a": said("malformed: name")}),
        body(kind=bare("malformed: kind")),
        body(startTimeUnixNano=bare("malformed: time")),
        body(attributes=said("malformed: attributes")),
        body(attributes=[{"key": "x", "value": deep}]),
        body(attributes=[{"key": "x", "value": {bare("malformed: value type"): 1}}]),
        body(attributes=[{"key": "x", "value": {"intValue": bare("malformed: intValue")}}]),
        body(attributes=[{"key": "x", "value": {"bytesValue": said("malformed: bytesValue")}}]),
        body(status={"code": bare("malformed: status code")}),
        body(**{bare("malformed: unknown field"): 1}),
        body(name="x").replace(b'"x"', b'"\xff' + json.dumps(said("malformed: bad UTF-8")).encode()[1:]),
        body(startTimeUnixNano="1", name=said("malformed: too old")),
        body(name=said("malformed: too long") * 60),
        body(events=[{"name": {"x": said("malformed: event name")}}]),
        body(links=[{"traceId": bare("malformed: link traceId")}]),
        body(parentSpanId=bare("malformed: parentSpanId")),
        body(attributes=[{"key": {"k": said("malformed: attribute key")}, "value": {"stringValue": "x"}}]),
        body(attributes=[{"key": "x", "value": {"stringValue": {"x": said("malformed: stringValue")}}}]),
        body(attributes=[{"key": "x", "value": said("malformed: value")}]),
        body(attributes=[{"key": "gen_ai.usage.input_tokens", "value": {"stringValue": said("malformed: tokens")}}]),
        body(attributes=[{"key": "gen_ai.input.messages", "value": {"stringValue": said("malformed: messages")}}]),
        body(attributes=[{"key": "x", "value": {"stringValue": "\ud800 " + said("malformed: lone surrogate")}}]),
        body(traceState={"x": bare("malformed: traceState")}),
        json.dumps({"resourceSpans": said("malformed: resourceSpans")}).encode(),
        json.dumps({bare("malformed: unknown top field"): []}).encode(),
        json.dumps({"resourceSpans": [{"resource": {"attributes": {said("malformed: resource"): 1}}}]}).encode(),
    ]


def cut_off(planter: Planter, ids: Ids) -> list[bytes]:
    """Protobuf that ends in the middle, says more bytes than there are, or has text that is not UTF-8."""
    whole = _one(planter, ids, "malformed: protobuf cut off").SerializeToString()
    torn = _one(planter, ids, "malformed: protobuf bytes beyond the end").SerializeToString()
    other = _one(planter, ids, "malformed: protobuf not UTF-8").SerializeToString()
    return [
        whole[: len(whole) - 7],
        torn + b"\x0a\xff\xff\x7f" + torn[:40],
        other.replace(b"marked here", b"\xff\xfe\xc3 here"),
    ]


def _one(planter: Planter, ids: Ids, place: str) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    span = (
        request.resource_spans.add()
        .scope_spans.add()
        .spans.add(
            trace_id=bytes.fromhex(ids.trace()), span_id=b"\x01" * 8, name="marked here", start_time_unix_nano=START
        )
    )
    span.attributes.extend(pairs({"x": planter.said(place)}))
    return request


def _resource(planter: Planter) -> Resource:
    return Resource(
        entity_refs=[
            EntityRef(
                schema_url=planter.url("entity schema_url"),
                type=planter.bare("entity type"),
                id_keys=[planter.bare("entity id_keys")],
                description_keys=[planter.bare("entity description_keys")],
            )
        ],
        attributes=pairs(
            {
                "service.name": planter.said("resource service.name"),
                "host.name": planter.bare("resource host.name"),
                "process.command_args": ["python", planter.said("resource process.command_args")],
                "process.owner": planter.bare("resource process.owner"),
                "host.ip": [planter.bare("resource host.ip")],
                planter.as_key("resource key"): 1,
                planter.dotted_key("resource dotted key"): 1,
                "zz.map": planter.map("resource map"),
            }
        ),
    )


def _scope(planter: Planter) -> InstrumentationScope:
    return InstrumentationScope(
        name=planter.bare("scope name"),
        version=planter.bare("scope version"),
        attributes=pairs({"zz": planter.said("scope attributes"), planter.as_key("scope key"): True}),
    )


def _span(planter: Planter, ids: Ids, attributes: dict[str, Any]) -> Span:
    trace = ids.trace()
    planter.arrive.setdefault(planter.ingress, set()).add(trace)
    said, exception = planter.said, {"exception.type": planter.bare("exception.type")}
    exception |= {"exception.message": said("exception.message")}
    exception |= {"exception.stacktrace": planter.stack_trace("exception.stacktrace")}
    exception |= {planter.as_key("event attribute key"): 1, planter.dotted_key("event attribute dotted key"): 1}
    made = Span(
        trace_id=bytes.fromhex(trace),
        span_id=bytes.fromhex(trace[-16:]),
        trace_state=f"vendor={planter.bare('trace_state')}".replace(",", ""),
        name=said("span name"),
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 10**9,
        attributes=pairs(attributes),
        status=Status(code=Status.STATUS_CODE_ERROR, message=said("status message")),
    )
    made.events.add(name="exception", time_unix_nano=START, attributes=pairs(exception))
    made.events.add(name=said("event name"), time_unix_nano=START, attributes=pairs({"x": said("event attributes")}))
    for piece in planter.chunks("streamed events", 8):
        made.events.add(name="gen_ai.chunk", time_unix_nano=START, attributes=pairs({"content": piece}))
    made.links.add(
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        trace_state=f"vendor={planter.bare('link trace_state')}".replace(",", ""),
        attributes=pairs({"zz": said("link attributes"), planter.as_key("link key"): 2}),
    )
    return made


def _genai(planter: Planter) -> dict[str, Any]:
    said, bare = planter.said, planter.bare
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": bare("gen_ai.provider.name"),
        "gen_ai.request.model": said("gen_ai.request.model"),
        "gen_ai.response.model": bare("gen_ai.response.model"),
        "gen_ai.response.id": bare("gen_ai.response.id"),
        "gen_ai.conversation.id": bare("gen_ai.conversation.id"),
        "gen_ai.agent.name": said("gen_ai.agent.name"),
        "gen_ai.agent.description": said("gen_ai.agent.description"),
        "gen_ai.request.stop_sequences": [said("gen_ai.request.stop_sequences")],
        "gen_ai.response.finish_reasons": [bare("gen_ai.response.finish_reasons")],
        "gen_ai.input.messages": json.dumps(planter.messages("gen_ai.input.messages")),
        "gen_ai.output.messages": json.dumps(planter.messages("gen_ai.output.messages")),
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": said("gen_ai.system_instructions")}]),
        "gen_ai.tool.definitions": json.dumps([{"name": "f", "description": said("gen_ai.tool.definitions")}]),
        "gen_ai.usage.input_tokens": 10,
        "enduser.id": bare("enduser.id"),
        "user.email": bare("user.email"),
        "server.address": bare("server.address"),
        "url.full": planter.url("url.full"),
        "http.request.header.authorization": [said("http.request.header.authorization")],
        "error.type": bare("error.type"),
    }


def _tool(planter: Planter) -> dict[str, Any]:
    said, bare = planter.said, planter.bare
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": bare("gen_ai.tool.name"),
        "gen_ai.tool.type": bare("gen_ai.tool.type"),
        "gen_ai.tool.call.id": bare("gen_ai.tool.call.id"),
        "gen_ai.tool.description": said("gen_ai.tool.description"),
        "gen_ai.tool.call.arguments": planter.json_text("gen_ai.tool.call.arguments"),
        "gen_ai.tool.call.result": planter.nested_json("gen_ai.tool.call.result"),
        "gen_ai.data_source.id": bare("gen_ai.data_source.id"),
        "gen_ai.prompt.name": said("gen_ai.prompt.name"),
        "db.query.text": said("db.query.text"),
        "code.file.path": planter.file_name("code.file.path"),
        "user_agent.original": said("user_agent.original"),
        "client.address": bare("client.address"),
        "messaging.destination.name": bare("messaging.destination.name"),
    }


def _others(planter: Planter) -> dict[str, Any]:
    """Vercel, Pydantic AI, CrewAI, MLflow, LangSmith, and keys of users' own behind known beginnings."""
    said = planter.said
    return {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.prompt.messages": json.dumps([{"role": "user", "content": said("ai.prompt.messages")}]),
        "ai.response.text": said("ai.response.text"),
        f"ai.telemetry.metadata.{planter.as_key('ai.telemetry.metadata key')}": "x",
        "all_messages_events": json.dumps([{"role": "user", "content": said("all_messages_events")}]),
        "logfire.msg": said("logfire.msg"),
        "crew_tasks": json.dumps([{"description": said("crew_tasks"), "agent_role": said("crew_tasks role")}]),
        "mlflow.spanInputs": json.dumps(planter.map("mlflow.spanInputs")),
        f"langsmith.metadata.{planter.as_key('langsmith.metadata key')}": said("langsmith.metadata"),
        f"langfuse.trace.metadata.{planter.as_key('langfuse.trace.metadata key')}": "x",
        f"traceloop.association.properties.{planter.as_key('association key')}": "x",
        f"llm.prompt_template.variables.{planter.as_key('template variable')}": "x",
        f"gen_ai.prompt.0.{planter.as_key('gen_ai.prompt part')}": "x",
        f"baggage.{planter.as_key('baggage key')}": said("baggage"),
    }


def _openinference(planter: Planter) -> dict[str, Any]:
    said, message = planter.said, "llm.input_messages.0.message"
    return {
        "openinference.span.kind": "LLM",
        "llm.model_name": planter.bare("llm.model_name"),
        "input.value": planter.json_text("input.value"),
        "output.value": said("output.value"),
        f"{message}.role": "user",
        f"{message}.contents.0.message_content.type": "text",
        f"{message}.contents.0.message_content.text": said("llm.input_messages"),
        f"{message}.contents.1.message_content.type": "image",
        f"{message}.contents.1.message_content.image.image.url": planter.data_url("image.url"),
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": planter.json_text("tool_call"),
        "llm.invocation_parameters": json.dumps({"stop": said("llm.invocation_parameters")}),
        "metadata": json.dumps({"who": planter.keyed("metadata")}),
        "user.id": planter.bare("user.id"),
        "session.id": planter.bare("session.id"),
        "retrieval.documents.0.document.content": said("retrieval.documents"),
        "retrieval.documents.0.document.metadata": json.dumps(planter.keyed("document.metadata")),
        "tag.tags": [said("tag.tags")],
    }


def _traceloop(planter: Planter) -> dict[str, Any]:
    said = planter.said
    return {
        "gen_ai.system": planter.bare("gen_ai.system"),
        "llm.request.type": "chat",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": said("gen_ai.prompt"),
        "gen_ai.prompt.1.role": "tool",
        "gen_ai.prompt.1.content": planter.json_text("gen_ai.prompt tool"),
        "gen_ai.completion.0.content": said("gen_ai.completion"),
        "gen_ai.completion.0.tool_calls.0.name": "f",
        "gen_ai.completion.0.tool_calls.0.arguments": planter.json_text("gen_ai.completion tool_calls"),
        "traceloop.entity.input": planter.nested_json("traceloop.entity.input"),
        "traceloop.entity.name": said("traceloop.entity.name"),
        "traceloop.association.properties.user": planter.bare("traceloop.association.properties"),
    }


def _langfuse(planter: Planter) -> dict[str, Any]:
    said = planter.said
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.input": planter.json_text("langfuse.observation.input"),
        "langfuse.observation.output": said("langfuse.observation.output"),
        "langfuse.observation.metadata.zz": said("langfuse.observation.metadata"),
        "langfuse.trace.name": said("langfuse.trace.name"),
        "langfuse.trace.tags": [said("langfuse.trace.tags")],
        "langfuse.user.id": planter.bare("langfuse.user.id"),
        "langfuse.session.id": planter.bare("langfuse.session.id"),
    }


def _unknown(planter: Planter) -> dict[str, Any]:
    pieces = planter.cut("dotted chunks")
    return planter.anything("attributes") | {
        "zz.bytes": planter.said("attributes bytes").encode(),
        "zz.double": 0.5,
        "zz.chunk.0": pieces[0],
        "zz.chunk.1": pieces[1],
    }
