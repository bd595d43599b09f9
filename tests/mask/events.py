"""Events for tests of masking, and what came out of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.settings import MaskingSettings
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.streams.mask import Masker, MaskFailure

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
KEY = b"k" * 32


def make_masker(**settings: Any) -> Masker:
    return Masker(MaskingSettings(**settings), KEY, "test")


def span(**fields: Any) -> RawSpan:
    values: dict[str, Any] = {"trace_id": TRACE, "span_id": "b7ad6b7169203331", "name": "chat", "started_at": NOW}
    return RawSpan(**values | fields)


def feedback(**fields: Any) -> RawFeedback:
    return RawFeedback(feedback_id="f-1", trace_id=TRACE, created_at=NOW, **fields)


def score(**fields: Any) -> RawScore:
    return RawScore(trace_id=TRACE, name="valid_json", evaluator="ours/1", created_at=NOW, **fields)


def said(text: str, role: str = "user") -> list[dict[str, Any]]:
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


def masked_span(masker: Masker, **fields: Any) -> MaskedSpan:
    result = masker.mask([span(**fields)])[0]
    assert isinstance(result, MaskedSpan), result
    return result


def masked_text(masker: Masker, text: str) -> str:
    """A text as it comes out of an error message: no JSON around it."""
    return masked_span(masker, error_message=text).error_message or ""


def again(event: MaskedSpan | MaskedFeedback | Score) -> RawEvent:
    """A masked event as if it had just come in."""
    fields = msgspec.structs.asdict(event)
    for name in ("event_id", "masked", "mask_version"):
        del fields[name]
    match event:
        case MaskedSpan():
            return RawSpan(**{name: fields[name] for name in RawSpan.__struct_fields__})
        case MaskedFeedback():
            return RawFeedback(**fields)
        case Score():
            return RawScore(**fields)


def contents(results: Sequence[object]) -> list[object]:
    """Results without counts: those differ where there is nothing left to mask."""
    return [
        result if isinstance(result, MaskFailure) else msgspec.structs.replace(result, masked={})  # pyright: ignore
        for result in results
    ]
