"""What the gateway counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "nilometer_gateway_requests",
    "Requests that were answered, by what they were sent to and the HTTP status (gRPC's mapped to it).",
    ("endpoint", "status"),
    registry=REGISTRY,
)
ITEMS = Counter(
    "nilometer_gateway_items",
    "Spans, log records, data points and events: accepted (the broker has them) or rejected.",
    ("signal", "outcome"),
    registry=REGISTRY,
)
BYTES = Counter(
    "nilometer_gateway_accepted_bytes",
    "Bytes of accepted bodies, decompressed.",
    ("signal",),
    registry=REGISTRY,
)
DENIED = Counter("nilometer_gateway_denied", "Requests whose API key did not do.", ("reason",), registry=REGISTRY)
BUFFER = Gauge("nilometer_gateway_buffer_bytes", "Bytes of the requests at hand.", registry=REGISTRY)
HEAVY = Gauge("nilometer_gateway_heavy_traces", "Traces that have a partition of raw of their own.", registry=REGISTRY)
AWAY = Gauge("nilometer_gateway_broker_away", "1 while the broker does not acknowledge.", registry=REGISTRY)
ACKNOWLEDGED = Histogram(
    "nilometer_gateway_acknowledge_seconds",
    "From producing a request's records until the broker has acknowledged all of them.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
