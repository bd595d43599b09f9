"""LiteLLM's own callback: `litellm_request` by OpenTelemetry's names, and `raw_gen_ai_request` below it with what the
provider said, as Python text. Ids of its own making are none of a provider.
"""

import re

from nilometer.streams.decode.otlp.dialects.genai import set_response_id
from nilometer.streams.decode.otlp.draft import Draft, first
from nilometer.streams.decode.otlp.reprs import repr_usage
from nilometer.streams.decode.otlp.usage import raw_usage

_MADE_UP = re.compile(r"(chatcmpl-)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def read(draft: Draft) -> None:
    if not draft.span.scope.name.startswith("litellm"):
        return
    identity = draft.get("gen_ai.response.id")
    if isinstance(identity, str) and _MADE_UP.fullmatch(identity):
        draft.attributes["litellm.response_id"] = draft.attributes.pop("gen_ai.response.id", identity)
        del draft.span.attributes["gen_ai.response.id"]
    usage = draft.get("metadata.usage_object")
    if isinstance(usage, str):
        _count(draft, usage)
    if draft.span.name == "raw_gen_ai_request":
        _raw(draft)


def _raw(draft: Draft) -> None:
    """`llm.<provider>.id`, `.model`, `.usage`."""
    found = {name.rpartition(".")[2]: value for name, value in draft.span.attributes.items() if name.startswith("llm.")}
    provider = first(name.split(".")[1] for name in draft.span.attributes if name.startswith("llm."))
    if not isinstance(found.get("usage"), str) or not ({"choices", "content"} & set(found)):
        return
    draft.set("operation", "chat")
    draft.set("provider", provider)
    draft.set("response_model", found.get("model"))
    set_response_id(draft, found.get("id"))
    _count(draft, found["usage"])


def _count(draft: Draft, text: str) -> None:
    for part, count in raw_usage(repr_usage(text)).items():
        draft.usage.setdefault(part, count)
