"""Open: sealed records to bodies."""

from collections.abc import Sequence

from nilometer.schemas import wire
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.errors import KeyUnavailableError, WireError
from nilometer.streams.deadletters import Arrived, attempts
from nilometer.streams.items import Opened, Record, Refusal
from nilometer.streams.steps import Context, guarded


def open_records(batch: Sequence[Record], ctx: Context) -> tuple[list[Opened], list[DeadLetter]]:
    """Opens what our keys open; the rest are dead letters that keep the record as it arrived."""
    ok: list[Opened] = []
    dead: list[DeadLetter] = []
    for record in batch:
        result = guarded(_open, record, ctx)
        if isinstance(result, Refusal):
            dead.append(ctx.bury("open", result, record.source, Arrived(record), attempts(record.headers)))
        else:
            ok.append(result)
    return ok, dead


def _open(record: Record, ctx: Context) -> Opened | Refusal:
    if len(record.value) > ctx.max_message_bytes:
        return Refusal("too_large", f"a record of {len(record.value)} bytes; at most {ctx.max_message_bytes}")
    try:
        body, content_type = wire.unseal(record.value, record.headers, ctx.ring, ctx.environment)
    except KeyUnavailableError as error:
        return Refusal("unknown_key", str(error))
    except WireError as error:
        return Refusal(error.error_type, str(error))
    return Opened(record, body, content_type)
