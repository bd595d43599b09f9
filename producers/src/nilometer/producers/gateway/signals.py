"""OTLP's three signals: where their requests hold what, and what they are answered with."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

from nilometer.producers.gateway import otlpjson

SignalName = Literal["traces", "logs", "metrics"]


@dataclass(frozen=True)
class Signal:
    """The three levels of a request are `resources`, `scopes` and `items`: field names, as protobuf has them."""

    name: SignalName
    items_are: str
    """In words."""
    resources: str
    scopes: str
    items: str
    request: type[Message]
    response: type[Message]
    rejected: str
    """Field of the response's partial success that counts what was not taken."""
    service: str
    """Of gRPC."""
    json: msgspec.json.Decoder[Any]


TRACES = Signal(
    "traces",
    "spans",
    "resource_spans",
    "scope_spans",
    "spans",
    traces.ExportTraceServiceRequest,
    traces.ExportTraceServiceResponse,
    "rejected_spans",
    "opentelemetry.proto.collector.trace.v1.TraceService",
    msgspec.json.Decoder(otlpjson.TraceRequest),
)
LOGS = Signal(
    "logs",
    "log records",
    "resource_logs",
    "scope_logs",
    "log_records",
    logs.ExportLogsServiceRequest,
    logs.ExportLogsServiceResponse,
    "rejected_log_records",
    "opentelemetry.proto.collector.logs.v1.LogsService",
    msgspec.json.Decoder(otlpjson.LogsRequest),
)
METRICS = Signal(
    "metrics",
    "data points",
    "resource_metrics",
    "scope_metrics",
    "metrics",
    metrics.ExportMetricsServiceRequest,
    metrics.ExportMetricsServiceResponse,
    "rejected_data_points",
    "opentelemetry.proto.collector.metrics.v1.MetricsService",
    msgspec.json.Decoder(otlpjson.MetricsRequest),
)
SIGNALS = (TRACES, LOGS, METRICS)


def camel(name: str) -> str:
    """A field's name in proto3's JSON."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
