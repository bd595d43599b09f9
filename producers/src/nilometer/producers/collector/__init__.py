"""The Collector's topics: what an OpenTelemetry Collector's Kafka exporter has written, onto the topic `raw`.

    otlp_spans ─┐  source.py     record.py                                 collector.py
    otlp_logs ──┴─► a batch ───► can it be read, how is it cut ► seal ───► the broker's word ► commit
                                   └► dead (sealed)

A record's offset is committed after everything that it became is delivered. Process:
`python -m nilometer.producers.collector`.
"""
