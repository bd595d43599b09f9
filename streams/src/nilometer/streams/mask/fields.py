"""A whole event, field by field, each masked as its group asks."""

import re
from typing import Any, Final

from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.streams.mask.passes import MaskingPass
from nilometer.streams.mask.places import FIELDS, IDENTIFIERS, PEOPLE, PLAIN, TEXTS
from nilometer.streams.mask.units import EventPass

MODELS: Final = frozenset({"request_model", "response_model"})
_MODEL_NAME: Final = re.compile(
    r"(?:claude|gpt|gemini|gemma|mistral|llama|qwen|command|deepseek|grok)(?:[-.][a-z0-9]{1,12}){1,8}"
)
"""Names of models that have the form of a user's, such as claude-opus-20260514: priced by name, so they must stay."""

_MASKED: Final = {RawSpan: MaskedSpan, RawFeedback: MaskedFeedback, RawScore: Score, RawSpanDetail: SpanDetail}


def hear_texts(event: RawEvent, walk: EventPass) -> None:
    """What the texts of an event give away, and its user's id."""
    for name in event.__struct_fields__:
        value = getattr(event, name) if name in TEXTS else None
        if value is not None and walk.enter(name):
            walk.hear(value)
    user_id = getattr(event, "user_id", None)
    if user_id:
        walk.enter("user_id")
        walk.named(user_id, "USERNAME")


def masked_field(name: str, value: Any, walk: MaskingPass | EventPass) -> Any:
    """What a field holds, masked as its group asks; None where it is dropped. A name that is no field's: a text."""
    if not walk.enter(name):
        return walk.dropped(value)
    if name in MODELS and _MODEL_NAME.fullmatch(value):
        return value
    if name in IDENTIFIERS:
        return walk.identifier(value)
    if name in PEOPLE:
        return walk.person(name, value)
    return walk.value(value)


def masked_event(event: RawEvent, walk: EventPass, version: str) -> MaskedEvent:
    """The event with every field masked as its group asks."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    for name, value in fields.items():
        if value is None or name in PLAIN:
            continue
        if name not in FIELDS:
            # A new field of the schema must be put into a group before it may pass.
            raise NotImplementedError(name)
        fields[name] = masked_field(name, value, walk)
    counts = {kind: walk.masked[kind] for kind in sorted(walk.masked)}
    made: type[Any] = _MASKED[type(event)]
    return made(**fields, event_id=event.event_id, masked=counts, mask_version=version)
