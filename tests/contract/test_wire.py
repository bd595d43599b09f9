"""The wire format: what goes in comes out, and what is not ours is refused without being quoted."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from cryptography.hazmat.primitives import hpke
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.schemas.errors import KeyUnavailableError, WireError
from nilometer.schemas.event import Event
from nilometer.schemas.feedback import RawFeedback
from nilometer.schemas.keys import KeyRing, SealingKey, create_key, load_key_ring
from nilometer.schemas.rollup import Cell, Rollup
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.settings import KeySettings, Settings
from nilometer.schemas.span import PricedSpan, RawSpan
from nilometer.schemas.wire import (
    MAX_BODY_BYTES,
    NATIVE,
    OTLP_PROTOBUF,
    Message,
    decode_event,
    encode,
    encode_jsonl,
    header_map,
    seal,
    unseal,
)
from tests.support.events import events, raw_events

SECRET = "Ava Montgomery, 4111 1111 1111 1111"


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    directory = tmp_path_factory.mktemp("keys")
    create_key(directory)
    return load_key_ring(Settings(keys=KeySettings(directory=directory)))


def opened(message: Message, ring: KeyRing, environment: str = "dev", **headers: str) -> tuple[bytes, str]:
    return unseal(message.value, header_map(message.headers) | headers, ring, environment)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(events)
def test_an_event_comes_out_as_it_went_in(event: Event) -> None:
    message = encode(event, "dev")
    assert decode_event(message.value) == event
    assert message.key == event.trace_id.encode() or not event.trace_id


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(raw_events, max_size=4))
def test_native_lines_come_out_as_they_went_in(ring: KeyRing, batch: list[Any]) -> None:
    body, content_type = opened(seal(encode_jsonl(batch), NATIVE, ring.sealing, "dev"), ring)
    assert content_type == NATIVE
    decoder = msgspec.json.Decoder(RawSpan | RawFeedback | RawScore)
    assert [decoder.decode(line) for line in body.splitlines()] == batch


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.binary(max_size=5000), st.sampled_from([NATIVE, OTLP_PROTOBUF]))
def test_a_sealed_body_comes_out_as_it_went_in(ring: KeyRing, body: bytes, content_type: str) -> None:
    assert opened(seal(body, content_type, ring.sealing, "dev"), ring) == (body, content_type)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_any_damaged_byte_breaks_the_seal(ring: KeyRing, data: st.DataObject) -> None:
    message = seal(SECRET.encode() * 5, NATIVE, ring.sealing, "dev")
    at = data.draw(st.integers(0, len(message.value) - 1))
    damaged = bytearray(message.value)
    damaged[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WireError) as caught:
        opened(Message(bytes(damaged), message.headers), ring)
    assert caught.value.error_type == "broken_seal"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 40, -1])
def test_a_cut_off_value_breaks_the_seal(ring: KeyRing, length: int) -> None:
    message = seal(b"x" * 100, NATIVE, ring.sealing, "dev")
    with pytest.raises(WireError, match="seal is broken"):
        opened(Message(message.value[:length], message.headers), ring)


def test_a_batch_for_another_environment_does_not_open(ring: KeyRing) -> None:
    message = seal(SECRET.encode(), NATIVE, ring.sealing, "dev")
    with pytest.raises(WireError, match="another environment"):
        opened(message, ring, environment="prod")


def test_a_batch_under_another_content_type_does_not_open(ring: KeyRing) -> None:
    message = seal(SECRET.encode(), NATIVE, ring.sealing, "dev")
    with pytest.raises(WireError) as caught:
        opened(message, ring, **{"content-type": OTLP_PROTOBUF})
    assert caught.value.error_type == "broken_seal"


def test_a_key_that_is_not_ours_is_named_as_such(ring: KeyRing, tmp_path: Path) -> None:
    message = seal(SECRET.encode(), NATIVE, create_key(tmp_path), "dev")
    with pytest.raises(KeyUnavailableError, match="does not have"):
        opened(message, ring)


def test_a_header_that_names_our_key_over_another_one_does_not_open(ring: KeyRing, tmp_path: Path) -> None:
    message = seal(SECRET.encode(), NATIVE, create_key(tmp_path), "dev")
    with pytest.raises(WireError) as caught:
        opened(message, ring, **{"nilometer-key": ring.sealing.key_id})
    assert caught.value.error_type == "broken_seal"


@pytest.mark.parametrize(
    "headers", [{"nilometer-seal": "hpke-2"}, {"content-encoding": "gzip"}, {"nilometer-seal": ""}]
)
def test_what_is_not_of_our_format_is_refused(ring: KeyRing, headers: dict[str, str]) -> None:
    message = seal(b"x", NATIVE, ring.sealing, "dev")
    with pytest.raises(WireError) as caught:
        opened(message, ring, **headers)
    assert caught.value.error_type == "not_sealed"


def sealed_by_hand(compressed: bytes, key: SealingKey) -> Message:
    """What a producer could send that does not use our code."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
    genuine = seal(b"", NATIVE, key, "dev")
    value = suite.encrypt(compressed, key.public, info=f"nilometer/1/dev/{NATIVE}".encode())
    return Message(value, genuine.headers)


def test_a_decompression_bomb_is_not_unpacked(ring: KeyRing) -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(40 * MAX_BODY_BYTES))
    assert len(bomb) < 100_000
    with pytest.raises(WireError) as caught:
        opened(sealed_by_hand(bomb, ring.sealing), ring)
    assert caught.value.error_type == "too_large"


def test_the_largest_body_opens_and_one_byte_more_is_refused(ring: KeyRing) -> None:
    body = bytes(MAX_BODY_BYTES)
    assert len(opened(seal(body, NATIVE, ring.sealing, "dev"), ring)[0]) == MAX_BODY_BYTES
    with pytest.raises(WireError) as caught:
        seal(body + b"x", NATIVE, ring.sealing, "dev")
    assert caught.value.error_type == "too_large"


def test_what_is_not_zstd_inside_the_seal_is_refused(ring: KeyRing) -> None:
    with pytest.raises(WireError) as caught:
        opened(sealed_by_hand(SECRET.encode(), ring.sealing), ring)
    assert caught.value.error_type == "not_zstd"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        json.dumps({"type": "span", "trace_id": SECRET}).encode(),
        b'{"type":"other"}',
        b"\xff",
    ],
)
def test_what_is_no_event_is_refused_without_being_quoted(value: bytes) -> None:
    with pytest.raises(WireError) as caught:
        decode_event(value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_event_of_a_newer_version_is_read_for_what_is_known() -> None:
    event = Score(
        trace_id="t", name="n", evaluator="e/1", created_at=datetime(2026, 1, 1, tzinfo=UTC), value=1, event_id="e"
    )
    newer = json.loads(encode(event, "dev").value) | {"a_field_of_tomorrow": {"x": 1}}
    assert decode_event(json.dumps(newer).encode()) == event


def test_a_raw_event_cannot_be_taken_for_a_published_one() -> None:
    raw = RawScore(trace_id="t", name="n", evaluator="e/1", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(WireError):
        decode_event(encode_jsonl([raw]))


def test_money_keeps_every_digit() -> None:
    cost = Decimal("0.000000000000000000123456789")
    span = PricedSpan(
        trace_id="t", span_id="s", name="n", started_at=datetime(2026, 1, 1, tzinfo=UTC), event_id="e", cost=cost
    )
    decoded = decode_event(encode(span, "dev").value)
    assert isinstance(decoded, PricedSpan)
    assert decoded.cost == cost


def test_a_rollup_stays_in_the_partition_that_it_counts() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    cell = Cell(second=1, dimensions={}, cost=Decimal("0.5"), latency={-3: 2})
    rollup = Rollup(topic="t", partition=3, first_offset=0, last_offset=9, published_at=at, cells=[cell])
    message = encode(rollup, "dev", partition=3)
    assert (message.partition, message.key) == (3, b"3")
    assert msgspec.json.decode(message.value, type=Rollup) == rollup


def test_headers_that_are_no_text_do_not_hurt() -> None:
    assert header_map([("a", b"\xff"), ("b", None), ("c", "text"), ("a", b"last")]) == {
        "a": "last",
        "b": "",
        "c": "text",
    }
    assert header_map(None) == {}
