"""A record of the Collector: what can be read goes on sealed, what cannot is a sealed dead letter; nothing raises."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers.collector.record import Arrival, Gathered, Surroundings, forms_of, gather
from nilometer.producers.gateway.signals import LOGS, TRACES, Signal
from nilometer.producers.lanes import Lanes
from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.settings import CollectorSettings, GatewaySettings, Settings, TopicSettings
from nilometer.streams.deadletters import reopen
from tests.support.chain import key_ring
from tests.support.gateway import json_traces, logs, traces

RING = key_ring()
NOW = datetime(2026, 11, 26, tzinfo=UTC)
SECRET = "maria.silva@example.com"


def given_by(
    value: bytes, signal: Signal = TRACES, offset: int = 7, lanes: Lanes | None = None, **sections: Any
) -> Gathered:
    settings = Settings(home=Path("nowhere"), environment="dev", **sections)
    source = Coordinates(source="otlp_spans", partition=3, offset=offset)
    around = Surroundings(settings, RING.sealing, "cluster", 4, NOW, lanes or Lanes(settings.topics.heavy_trace_items))
    return gather(Arrival(signal, value, source), around)


def opened(one: wire.Message | DeadLetter) -> tuple[bytes, dict[str, str]]:
    if isinstance(one, DeadLetter):
        value, headers = one.original, one.headers
    else:
        value, headers = one.value, wire.header_map(one.headers)
    return wire.unseal(value, headers, RING, "dev")[0], headers


@pytest.mark.parametrize("encoding", ["auto", "otlp_proto"])
def test_protobuf_goes_on_byte_for_byte(encoding: str) -> None:
    body = traces(3).SerializeToString()
    found = given_by(body, collector=CollectorSettings(encoding=encoding))  # pyright: ignore[reportArgumentType]
    [sealed] = found.sealed
    got, headers = opened(sealed)
    assert (got, found.accepted, found.dead) == (body, 3, [])
    assert headers["content-type"] == wire.OTLP_PROTOBUF
    assert headers[wire.SIGNAL_HEADER] == "traces"
    assert wire.PROJECT_HEADER not in headers


@pytest.mark.parametrize("encoding", ["auto", "otlp_json"])
def test_json_and_logs_and_the_project(encoding: str) -> None:
    collector = CollectorSettings(encoding=encoding, project="shop")  # pyright: ignore[reportArgumentType]
    body = json.dumps(json_traces(2)).encode()
    got, headers = opened(given_by(body, collector=collector).sealed[0])
    assert (got, headers["content-type"], headers[wire.PROJECT_HEADER]) == (body, wire.OTLP_JSON, "shop")
    body = logs(2).SerializeToString()
    got, headers = opened(given_by(body, LOGS).sealed[0])
    assert (got, headers[wire.SIGNAL_HEADER]) == (body, "logs")


def test_a_protobuf_that_begins_like_json_is_protobuf() -> None:
    """Field 1 is a newline, and a length of 123 an opening brace."""
    for size in range(200):
        request = traces(1)
        [span] = request.resource_spans[0].scope_spans[0].spans
        del span.attributes[:]
        span.name = "x" * size
        body = request.SerializeToString()
        if body[:2] == b"\n{":
            break
    else:
        pytest.fail("no such body")
    assert forms_of(body, "auto") == (False, True)
    got, headers = opened(given_by(body).sealed[0])
    assert (got, headers["content-type"]) == (body, wire.OTLP_PROTOBUF)
    spaced = b"\n" + json.dumps(json_traces()).encode()
    assert opened(given_by(spaced).sealed[0])[1]["content-type"] == wire.OTLP_JSON


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (f"no OTLP, but {SECRET}".encode(), "bad_body"),
        (f'{{"resourceSpans": "{SECRET}"}}'.encode(), "bad_body"),
        (f'{{"resourceSpans": [{{"{SECRET}'.encode(), "bad_body"),
        (b"[" * 50_000, "bad_body"),
        (b"\xff\xfe" + SECRET.encode(), "bad_body"),
    ],
)
def test_what_cannot_be_read_is_a_sealed_dead_letter_that_says_where(value: bytes, kind: str) -> None:
    found = given_by(value)
    [letter] = found.dead
    assert (found.sealed, found.accepted, letter.step, letter.error_type) == ([], 0, "decode", kind)
    assert str(letter.source) == "otlp_spans[3]@7"
    assert SECRET not in letter.message
    assert SECRET.encode() not in letter.original
    assert opened(letter)[0] == value
    assert given_by(value).dead[0].event_id == letter.event_id, "read twice it is the same dead letter"
    again = reopen(letter, RING, "dev")
    assert wire.unseal(again.value, again.headers, RING, "dev")[0] == value, "`dead retry` has something to send"
    assert again.headers[wire.SIGNAL_HEADER] == "traces"


@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_a_bad_span_is_a_dead_letter_and_the_others_go_on(form: str) -> None:
    if form == "json":
        document = json_traces(3)
        document["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["spanId"] = "beef"
        body = json.dumps(document).encode()
    else:
        request = traces(3)
        request.resource_spans[0].scope_spans[0].spans[1].span_id = b"beef"
        body = request.SerializeToString()
    found = given_by(body)
    assert found.accepted == 2
    [letter] = found.dead
    assert (letter.error_type, letter.source.index) == ("bad_id", 1)
    alone = opened(letter)[0]
    if form == "json":
        [span] = json.loads(alone)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert span["spanId"] == "beef"
    else:
        [resource] = ExportTraceServiceRequest.FromString(alone).resource_spans
        assert resource.resource.attributes, "it takes its resource along"
        assert [span.span_id for span in resource.scope_spans[0].spans] == [b"beef"]
    [body_left] = [opened(one)[0] for one in found.sealed]
    assert body_left != body


def test_nothing_good_is_no_record_at_all() -> None:
    request = traces(2)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.trace_id = b""
    found = given_by(request.SerializeToString())
    assert (found.sealed, found.accepted, [d.source.index for d in found.dead]) == ([], 0, [0, 1])


def test_a_large_record_is_cut_and_stays_in_one_partition() -> None:
    request = traces(30, text="x" * 200_000)
    found = given_by(request.SerializeToString())
    assert len(found.sealed) > 2
    assert len({one.partition for one in found.sealed}) == 1
    merged = ExportTraceServiceRequest()
    for one in found.sealed:
        merged.MergeFrom(ExportTraceServiceRequest.FromString(opened(one)[0]))
    ids = [span.span_id for r in merged.resource_spans for s in r.scope_spans for span in s.spans]
    assert ids == [span.span_id for span in request.resource_spans[0].scope_spans[0].spans]


def test_a_record_goes_to_the_same_partition_each_time_and_records_spread() -> None:
    body = traces().SerializeToString()
    first = [given_by(body, offset=n).sealed[0].partition for n in range(100)]
    assert first == [given_by(body, offset=n).sealed[0].partition for n in range(100)]
    assert set(first) == {0, 1, 2, 3}


def test_a_heavy_trace_has_the_last_partition_for_itself() -> None:
    lanes = Lanes(heavy_items=50)
    request = traces(60)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.trace_id = bytes(range(1, 17))
    assert {one.partition for one in given_by(request.SerializeToString(), lanes=lanes).sealed} == {3}
    others = [given_by(traces(first=n).SerializeToString(), offset=n, lanes=lanes) for n in range(100)]
    assert {other.sealed[0].partition for other in others} == {0, 1, 2}


def test_limits_are_the_gateways() -> None:
    small: dict[str, Any] = {"gateway": GatewaySettings(max_decompressed_bytes=1_000)}
    body = traces(20).SerializeToString()
    assert given_by(body, **small).dead[0].error_type == "too_large"
    few: dict[str, Any] = {"gateway": GatewaySettings(max_spans=5)}
    assert "gateway.max_spans" in given_by(body, **few).dead[0].message


def test_what_is_too_large_to_keep_says_so() -> None:
    sections: dict[str, Any] = {
        "gateway": GatewaySettings(max_decompressed_bytes=1_000),
        "topics": TopicSettings(max_message_bytes=2**20),
    }
    [letter] = given_by(random.Random(1).randbytes(2_000_000), **sections).dead
    assert letter.original == b""
    assert "too large to keep" in letter.message


def test_an_empty_record_is_nothing() -> None:
    assert given_by(b"") == Gathered()


@given(st.binary(max_size=400), st.sampled_from(["auto", "otlp_proto", "otlp_json"]), st.sampled_from([TRACES, LOGS]))
def test_any_bytes_are_taken_or_buried(value: bytes, encoding: str, signal: Signal) -> None:
    found = given_by(value, signal, collector=CollectorSettings(encoding=encoding))  # pyright: ignore[reportArgumentType]
    assert all(letter.error_type != "internal" for letter in found.dead)
    assert found.accepted == 0 or found.sealed
    if value and not found.sealed and not found.dead:
        # Read, and there is nothing in it.
        assert found.accepted == 0
