"""Properties of the chain, for any input."""

import itertools
import json
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.event import RawEvent
from nilometer.streams import chain
from nilometer.streams.mask import Masker
from tests.support.chain import ENVIRONMENT, SPAN, TRACE, context, line, opened, record

FIELDS = [
    *("type", "trace_id", "span_id", "parent_span_id", "name", "started_at", "ended_at", "operation", "status"),
    *("usage", "input_messages", "attributes", "parameters", "user_id", "environment", "tool_result", "provider"),
    *("feedback_id", "created_at", "rating", "thumbs", "evaluator", "value", "retrieval_top_k", "unheard_of"),
]
PLAUSIBLE: list[Any] = [
    *("span", "feedback", "score", TRACE, SPAN, "2026-11-23T11:00:00Z", "2026-11-23T11:00:00", "1970-01-01T00:00:00Z"),
    *("chat", "openai", ENVIRONMENT, "", {}, [], None, 0, -1, 2**63, 2**64, 10**30, 0.5, True),
    {"input_tokens": 3, "output_tokens": 4},
    {"input_tokens": -3},
    [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS) | st.text(), st.sampled_from(PLAUSIBLE) | JSON, max_size=12)
NEARLY = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(PLAUSIBLE) | JSON, max_size=3).map(
    lambda changes: json.loads(line()) | changes
)
JSON_LINES = (OBJECTS | NEARLY).map(lambda value: json.dumps(value).encode())
LINES = (
    st.binary(max_size=200).map(lambda data: data.replace(b"\n", b""))
    | JSON_LINES
    | st.just(line())
    | st.integers(0, 2**64 - 1).map(lambda n: line(span_id=f"{n:016x}"))
)
WIRE_HEADERS = ["nilometer-seal", "nilometer-key", "content-type", "content-encoding"]
FORMS = ["{}", "{}@x.yz", "Mr {}", '"{}"', "{}\\", "`$.{}`", "a` - at `$.{}"]
MANY = settings(max_examples=150, derandomize=True, deadline=None)


def results(outcome: chain.Outcome) -> dict[str, bytes]:
    """What became of each place, without what is random: the sealed bytes."""
    out: dict[str, bytes] = {}
    for sourced in outcome.sourced:
        out[str(sourced.source)] = msgspec.json.encode(sourced.item)
    for letter in outcome.dead:
        assert str(letter.source) not in out
        kept = opened(letter) if letter.original else b""
        out[str(letter.source)] = msgspec.json.encode(msgspec.structs.replace(letter, original=kept))
    return out


@MANY
@given(
    st.binary(max_size=300),
    st.dictionaries(st.sampled_from(["nilometer-seal", "nilometer-key", "content-type"]), st.text()),
)
def test_any_bytes_with_any_headers_end_as_one_dead_letter(value: bytes, headers: dict[str, str]) -> None:
    outcome = chain.run([chain.Record(value, headers, Coordinates(source="raw"))], context())
    assert outcome.sourced == []
    assert len(outcome.dead) == 1


@MANY
@given(st.binary(max_size=300), st.sampled_from([wire.NATIVE, "", "text/plain"]))
def test_any_sealed_bytes_end_as_one_thing_a_line(body: bytes, content_type: str) -> None:
    outcome = chain.run([record([body], content_type=content_type)], context())
    whole = content_type != wire.NATIVE
    lines = 1 if whole else sum(1 for part in body.split(b"\n") if part.strip(b" \t\r"))
    assert len(outcome.sourced) + len(outcome.dead) == lines


@MANY
@given(st.lists(LINES, max_size=8))
@example([json.dumps({**json.loads(line()), "name": "half \ud800, nul \x00"}).encode()])
@example([line(attributes={"a": 10**30, "b": [2**63]})])
def test_every_line_ends_as_exactly_one_event_or_dead_letter(lines: list[bytes]) -> None:
    outcome = chain.run([record(lines)], context())
    expected = [index for index, part in enumerate(lines) if part.strip(b" \t\r")]
    found = [s.source.index for s in outcome.sourced] + [letter.source.index for letter in outcome.dead]
    assert sorted(index for index in found if index is not None) == expected
    for letter in outcome.dead:
        assert letter.source.index is not None
        assert opened(letter) == lines[letter.source.index].strip(b" \t\r")
    for event in outcome.events:
        # What is published can be read by whoever reads `events`.
        assert wire.decode_event(wire.encode(event, ENVIRONMENT).value) == event


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_no_result_depends_on_the_batch(masker: Masker, lines: list[bytes], random: Any) -> None:
    """With the real masker, whose cache remembers other batches."""
    ctx = context(masker=masker)
    records = [record([part], offset=offset) for offset, part in enumerate(lines)]
    alone = [results(chain.run([one], ctx)) for one in records]
    shuffled = random.sample(records, len(records))
    together = results(chain.run(shuffled, ctx))
    assert together == {place: result for one in alone for place, result in one.items()}


@MANY
@given(st.lists(LINES, max_size=8))
@example([json.dumps({**json.loads(line()), "name": "nul \x00"}).encode()])
def test_events_that_came_decoded_become_the_same(lines: list[bytes]) -> None:
    """Invariant 5: backfill and live give the same rows."""
    readable = [(part, event) for part in lines if (event := _read(part)) is not None]
    live = chain.run([record([part for part, _ in readable])], context())
    source = Coordinates(source="file")
    offline = chain.run_events([chain.Sourced(event, source) for _, event in readable], context())
    assert offline.events == live.events
    assert [(d.step, d.error_type, d.message) for d in offline.dead] == [
        (d.step, d.error_type, d.message) for d in live.dead
    ]


def _read(part: bytes) -> RawEvent | None:
    decoder: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]
    try:
        return decoder.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


SECRETS = st.integers(0, 26**9 - 1).map(
    lambda n: "".join(chr(ord("Q") + (n // 9**i) % 9) for i in range(9))  # nine capitals from Q to Y
)


@MANY
@given(
    st.sampled_from(FIELDS), SECRETS, st.sampled_from(["{}", "{}@x.yz", "Mr {}", '"{}"', "{}\\", "`$.{}`"]), st.data()
)
def test_no_message_shows_a_value(field: str, secret: str, form: str, data: st.DataObject) -> None:
    """Invariant 3: neither as a value, nor inside one, nor as the name of a field."""
    text = form.format(secret)
    value = data.draw(st.sampled_from([text, [text], {text: 1}, {"a": {"b": [text]}}, [{"role": text}]]))
    changed = json.loads(line()) | ({text: 1} if field == "unheard_of" else {field: value})
    broken = json.dumps(changed).encode()
    cut = data.draw(st.integers(1, len(broken)))
    for attempt in (broken, broken[:cut]):
        for letter in chain.run([record([attempt])], context()).dead:
            assert secret not in str(msgspec.structs.replace(letter, original=b""))


def test_every_pair_of_good_and_bad_lines_is_independent() -> None:
    parts = [line(), line(span_id="0" * 16), b"{", line(usage={"input_tokens": -1}), line(operation="chat")]
    alone = {part: _shape(chain.run([record([part])], context())) for part in parts}
    for pair in itertools.product(parts, repeat=2):
        both = chain.run([record(pair)], context())
        assert _shape(both) == tuple(a + b for a, b in zip(alone[pair[0]], alone[pair[1]], strict=True))


def _shape(outcome: chain.Outcome) -> tuple[int, int]:
    return len(outcome.sourced), len(outcome.dead)
