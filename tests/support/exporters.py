"""OpenTelemetry's own exporters under load: they send until it is acknowledged, and remember what was."""

import random
import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

SPANS = 20
"""A request."""
TEXTS = ("Where is my order?", "It was sent on Monday.", "Cancel it, please.", "Done; you will get a message.")


def exporter(transport: str, address: str, api_key: str) -> SpanExporter:
    """As applications have it: ten seconds for a batch, attempts with back-off within them."""
    headers = {"x-api-key": api_key}
    if transport == "http":
        return HttpExporter(f"http://{address}/v1/traces", headers=headers)
    return GrpcExporter(address, insecure=True, headers=headers)


class Client(threading.Thread):
    """One application: batches of calls, the next after the one before was acknowledged.

    A batch that its exporter gives up is handed to it again, as a Collector's queue would.
    """

    def __init__(self, transport: str, address: str, api_key: str, seed: int) -> None:
        super().__init__(daemon=True, name=f"{transport}-{seed}")
        self._exporter = exporter(transport, address, api_key)
        self._tracer = TracerProvider(shutdown_on_exit=False).get_tracer("load")
        self._random = random.Random(seed)
        self._ending = threading.Event()
        self.acknowledged: list[tuple[str, str]] = []
        """Trace and span ids."""
        self.given_up = 0
        """How often an exporter had no acknowledgement in all its attempts."""

    def run(self) -> None:
        while not self._ending.is_set():
            spans = self._batch()
            while self._exporter.export(spans) is not SpanExportResult.SUCCESS:
                self.given_up += 1
            self.acknowledged += [(f"{c.trace_id:032x}", f"{c.span_id:016x}") for s in spans if (c := s.context)]
        self._exporter.shutdown()

    def end(self, seconds: float) -> None:
        """Once the batch at hand is acknowledged. Raises AssertionError where that does not happen."""
        self._ending.set()
        self.join(seconds)
        assert not self.is_alive(), f"{self.name} still has no acknowledgement"

    def _batch(self) -> Sequence[ReadableSpan]:
        spans: list[ReadableSpan] = []
        for _ in range(SPANS):
            span = self._tracer.start_span(
                "chat gpt-4o",
                attributes={
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-4o",
                    "gen_ai.usage.input_tokens": 10,
                    "gen_ai.usage.output_tokens": 5,
                    "gen_ai.prompt": self._random.choice(TEXTS),
                },
            )
            span.end()
            assert isinstance(span, ReadableSpan)
            spans.append(span)
        return spans
