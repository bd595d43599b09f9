"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

ITEMS = Counter(
    "nilometer_forward_items",
    "Spans and log records by what became of them: taken, rejected (partial success), refused, left_out (the filter).",
    ("destination", "outcome"),
    registry=REGISTRY,
)
ATTEMPTS = Counter(
    "nilometer_forward_attempts",
    "Requests by their answer: taken, later, refused.",
    ("destination", "answer"),
    registry=REGISTRY,
)
WAITING = Gauge(
    "nilometer_forward_waiting", "1 while an endpoint takes nothing and we wait.", ("destination",), registry=REGISTRY
)
BEHIND = Gauge(
    "nilometer_forward_behind_seconds",
    "How long ago the last span that was taken had been published.",
    ("destination",),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "nilometer_forward_request_seconds",
    "Of one request.",
    ("destination",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
