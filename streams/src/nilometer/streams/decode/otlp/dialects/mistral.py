"""Mistral's client and its own spans: OpenTelemetry's names, and what is done in `mistral_ai.operation.id`."""

from nilometer.streams.decode.otlp.draft import Draft

_SCOPE = "mistralai_sdk_tracer"
_CALLS = (("embedding", "embeddings"), ("chat", "chat"), ("fim", "text_completion"), ("agents_completion", "chat"))


def read(draft: Draft) -> None:
    if draft.span.scope.name != _SCOPE or draft.get("gen_ai.request.model") is None:
        return
    done = str(draft.get("mistral_ai.operation.id") or draft.span.name)
    draft.set("operation", next((operation for part, operation in _CALLS if part in done), None))
    draft.set("provider", "mistral_ai")
