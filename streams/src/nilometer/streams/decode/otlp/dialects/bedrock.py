"""Amazon Bedrock through OpenTelemetry's and OpenLLMetry's instrumentations of botocore: names as the conventions have
them, counts as Bedrock has them, whose input tokens leave out what was cached.
"""

from nilometer.streams.decode.otlp.draft import Draft

_SCOPES = ("opentelemetry.instrumentation.botocore.bedrock", "opentelemetry.instrumentation.bedrock")


def read(draft: Draft) -> None:
    """Runs after the names have been read."""
    corrected = draft.get("nilometer.corrected.input_tokens") is not None
    if not draft.span.scope.name.startswith(_SCOPES) or corrected:
        # What another Nilometer has sent on is corrected already.
        return
    cached = draft.usage.get("cache_read_tokens", 0) + draft.usage.get("cache_write_tokens", 0)
    taken = draft.usage.get("input_tokens")
    if cached and taken is not None:
        draft.usage["input_tokens"] = taken + cached
        draft.notes["nilometer.corrected.input_tokens"] = taken
