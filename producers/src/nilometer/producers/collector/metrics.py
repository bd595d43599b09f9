"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()

RECORDS = Counter(
    "nilometer_collector_records",
    "Records of the Collector's topics: taken, partly taken, refused (a dead letter) or empty.",
    ("signal", "outcome"),
    registry=REGISTRY,
)
ITEMS = Counter(
    "nilometer_collector_items",
    "Spans and log records: accepted (the broker has them) or refused (each a dead letter).",
    ("signal", "outcome"),
    registry=REGISTRY,
)
BYTES = Counter("nilometer_collector_bytes", "Bytes of records as they were read.", ("signal",), registry=REGISTRY)
COMMITS_FAILED = Counter(
    "nilometer_collector_commits_failed", "Commits that failed: some records are read twice.", registry=REGISTRY
)
