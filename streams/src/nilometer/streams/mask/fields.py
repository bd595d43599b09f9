"""Which fields of an event are texts, which are identifiers, and which are ids of people."""

import re
from typing import Any, Final

from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.streams.mask.passes import MaskingPass
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.walk import Walk

TEXTS: Final = frozenset(
    {
        *("input_messages", "output_messages", "tool_definitions", "tool_arguments", "tool_result"),
        *("retrieval_query", "retrieval_documents", "parameters", "attributes", "error_message"),
        *("comment", "correction", "explanation", "label"),
    }
)
"""Everything in them is looked at: texts, JSON, keys and values."""

IDENTIFIERS: Final = frozenset(
    {
        *("name", "operation", "error_type", "environment", "service", "project", "feature", "agent_name"),
        *("provider", "request_model", "response_model", "response_id", "finish_reason", "output_type"),
        *("prompt_name", "prompt_version", "tool_name", "tool_type", "tool_call_id", "feedback_id", "evaluator"),
        *("scope", "detail_id"),
    }
)
"""Names and ids: only what has a form of its own is looked for, so that no model is taken for a person."""

PLAIN: Final = frozenset(
    {
        *("trace_id", "span_id", "parent_span_id", "started_at", "ended_at", "created_at", "status", "usage"),
        *("time_to_first_token_ms", "retrieval_top_k", "thumbs", "rating", "value", "position"),
    }
)
"""Numbers, times, enumerations, and ids whose form the step before has checked."""

PEOPLE: Final = frozenset({"user_id", "session_id"})

MODELS: Final = frozenset({"request_model", "response_model"})
_MODEL_NAME: Final = re.compile(
    r"(?:claude|gpt|gemini|gemma|mistral|llama|qwen|command|deepseek|grok)(?:[-.][a-z0-9]{1,12}){1,8}"
)
"""Names of models that have the form of a user's, such as claude-opus-20260514: priced by name, so they must stay."""

_MASKED: Final = {RawSpan: MaskedSpan, RawFeedback: MaskedFeedback, RawScore: Score, RawSpanDetail: SpanDetail}


def texts_of(event: RawEvent, walk: Walk) -> None:
    """Visits what the texts of an event hold."""
    for name in event.__struct_fields__:
        if name in TEXTS:
            walk.enter(name)
            walk.value(getattr(event, name))


def masked_event(event: RawEvent, walk: MaskingPass, pseudonyms: Pseudonyms, version: str) -> MaskedEvent:
    """The event with every field masked as its group asks."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    for name, value in fields.items():
        if value is None or name in PLAIN:
            continue
        walk.enter(name)
        if name in TEXTS:
            fields[name] = walk.value(value)
        elif name in MODELS and _MODEL_NAME.fullmatch(value):
            continue
        elif name in IDENTIFIERS:
            fields[name] = walk.identifier(value)
        elif name == "user_id":
            fields[name] = pseudonyms.user(value, walk)
        elif name == "session_id":
            fields[name] = pseudonyms.session(value, walk)
        else:
            # A new field of the schema must be put into a group before it may pass.
            raise NotImplementedError(name)
    counts = {kind: walk.masked[kind] for kind in sorted(walk.masked)}
    made: type[Any] = _MASKED[type(event)]
    return made(**fields, event_id=event.event_id, masked=counts, mask_version=version)
