"""What the loader reads gives the row of the event that was published, and refuses what is none."""

import msgspec
import pytest
from hypothesis import given, settings

from nilometer.schemas.errors import WireError
from nilometer.schemas.event import Event
from nilometer.schemas.wire import decode_event, encode
from nilometer.warehouse import published
from nilometer.warehouse.rows import arrow, by_table
from tests.support.events import events


@settings(max_examples=200, derandomize=True, deadline=None)
@given(events)
def test_a_message_gives_the_row_of_its_event(event: Event) -> None:
    ((table, rows),) = by_table([event]).items()
    ((read_table, read),) = by_table([published.decode(encode(event, "dev").value)]).items()
    assert read_table == table
    assert arrow(table, read).equals(arrow(table, rows))


SPAN = b'{"type":"span","event_id":"e","trace_id":"t","span_id":"s","name":"n","started_at":"2026-01-01T00:00:00Z"'


@pytest.mark.parametrize(
    "more",
    [b"", b',"parameters":null,"attributes":{}', b',"tool_result":null', b',"tool_result":"null"', b',"tool_result":0'],
)
def test_null_is_as_if_it_were_not_there(more: bytes) -> None:
    value = SPAN + more + b"}"
    assert arrow("spans", [published.decode(value)]).equals(arrow("spans", [decode_event(value)]))


@pytest.mark.parametrize(
    "more",
    [
        b',"input_messages":{}',
        b',"input_messages":"text"',
        b',"attributes":[]',
        b',"attributes":null',
        b',"parameters":1',
        b',"tool_result":{"a":}',
        b',"tool_result":"\xff"',
        b',"name":"\xff"',
        b',"cost":"much"',
    ],
)
def test_what_is_no_event_is_refused_and_not_quoted(more: bytes) -> None:
    with pytest.raises(WireError) as caught:
        published.decode(SPAN + more + b"}")
    with pytest.raises(WireError):
        decode_event(SPAN + more + b"}")
    assert "much" not in str(caught.value)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(WireError):
        published.decode(msgspec.json.encode({"type": "alert"}))
