"""Heavy traces: told by what they sent lately, and kept apart from all others."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers import lanes
from nilometer.producers.gateway import otlp
from nilometer.producers.gateway.signals import LOGS, TRACES
from nilometer.producers.lanes import Lanes
from nilometer.schemas.settings import Settings
from tests.support.gateway import json_traces, logs, traces

HEAVY = bytes(range(1, 17))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def mixed(heavy: int, others: int) -> ExportTraceServiceRequest:
    """Spans of one trace among spans of others, one by one as long as there are of both."""
    request = traces(heavy + others)
    spans = request.resource_spans[0].scope_spans[0].spans
    for index in range(heavy):
        spans[min(2 * index, others + index)].trace_id = HEAVY
    return request


def test_a_trace_is_heavy_from_its_thousandth_item_until_it_has_been_quiet() -> None:
    clock = Clock()
    counting = Lanes(1_000, clock)
    assert not counting.count({"a": 999, "b": 1})
    clock.now += lanes.WINDOW_SECONDS - 1
    assert set(counting.count({"a": 1, "b": 1})) == {"a"}
    clock.now += lanes.QUIET_SECONDS - 1
    assert set(counting.count({"a": 1, "b": 1})) == {"a"}, "one more item keeps it"
    clock.now += lanes.QUIET_SECONDS - 1
    assert counting.heavy == 1
    clock.now += 1
    assert counting.heavy == 0
    assert not counting.count({"a": 999})


def test_what_a_trace_sent_minutes_ago_does_not_count() -> None:
    clock = Clock()
    counting = Lanes(1_000, clock)
    for _ in range(20):
        assert not counting.count({"a": 400})
        clock.now += lanes.WINDOW_SECONDS
    clock.now += 10 * lanes.WINDOW_SECONDS
    assert not counting.count({"a": 800})


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MAX_TRACES", 100)
    counting = Lanes(1_000, Clock())
    for number in range(1_000):
        counting.count({number: 1, "heavy": 10})
    assert len(counting._counts) + len(counting._before) <= 204  # pyright: ignore[reportPrivateUsage]
    assert counting.heavy == 1


@given(st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(0, 1 << 32)))), st.integers(1, 8))
def test_nothing_else_goes_where_heavy_traces_go(records: list[tuple[bool, int | None]], partitions: int) -> None:
    counting = Lanes(1)
    assert counting.partition(False, partitions) is None, "where nothing is heavy, records go anywhere"
    counting.count({"a": 1})
    for heavy, place in records:
        chosen = counting.partition(heavy, partitions, place)
        if partitions == 1:
            assert chosen in (None, 0)
        elif heavy:
            assert chosen == partitions - 1
        else:
            assert chosen is not None
            assert 0 <= chosen < partitions - 1


@pytest.mark.parametrize("as_json", [False, True])
def test_a_request_is_parted_and_nothing_is_lost(settings: Settings, as_json: bool) -> None:
    request = mixed(250, 30)
    body = request.SerializeToString()
    if as_json:
        document = json_traces(280)
        spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
        for span, sent in zip(spans, request.resource_spans[0].scope_spans[0].spans, strict=True):
            span["traceId"] = sent.trace_id.hex()
        body = json.dumps(document).encode()
    taken = otlp.take(TRACES, body, settings, json=as_json, lanes=Lanes(250))
    assert [(piece.items, piece.heavy) for piece in taken.pieces] == [(30, False), (100, True), (100, True), (50, True)]
    found: Counter[tuple[bytes, bool]] = Counter()
    for piece in taken.pieces:
        if as_json:
            ids = [
                bytes.fromhex(span["traceId"])
                for scope in json.loads(piece.body)["resourceSpans"][0]["scopeSpans"]
                for span in scope["spans"]
            ]
        else:
            [resource] = ExportTraceServiceRequest.FromString(piece.body).resource_spans
            ids = [span.trace_id for scope in resource.scope_spans for span in scope.spans]
        found.update((trace, piece.heavy) for trace in ids)
    assert found.pop((HEAVY, True)) == 250
    assert len(found) == found.total() == 30
    assert not any(heavy for _, heavy in found)


def test_what_needs_no_parting_goes_on_as_it_came(settings: Settings) -> None:
    counting = Lanes(100)
    body = mixed(99, 30).SerializeToString()
    [piece] = otlp.take(TRACES, body, settings, json=False, lanes=counting).pieces
    assert (piece.body, piece.items, piece.heavy) == (body, 129, False)
    body = mixed(60, 0).SerializeToString()
    [piece] = otlp.take(TRACES, body, settings, json=False, lanes=counting).pieces
    assert (piece.body, piece.items, piece.heavy) == (body, 60, True)


def test_log_records_go_with_their_trace_and_those_of_none_are_nobodys(settings: Settings) -> None:
    counting = Lanes(50)
    request = logs(120)
    records = request.resource_logs[0].scope_logs[0].log_records
    for record in records[:60]:
        record.trace_id = HEAVY
    for record in records[60:]:
        record.trace_id = b""
    taken = otlp.take(LOGS, request.SerializeToString(), settings, json=False, lanes=counting)
    assert [(piece.items, piece.heavy) for piece in taken.pieces] == [(60, False), (60, True)]
