"""Fields of events by what they hold: the places that a policy can name."""

from typing import Final

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

FIELDS: Final = TEXTS | IDENTIFIERS | PEOPLE
"""Those in which something can be found."""
