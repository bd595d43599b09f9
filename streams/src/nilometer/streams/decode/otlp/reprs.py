"""What the Python text of an object tells: some instrumentations send `repr` of a client's answer, and nothing else
has its id and its counts.

    ChatCompletion(id='chatcmpl-1', …, model='gpt-4o', usage=CompletionUsage(prompt_tokens=3, …cached_tokens=1…))
    {'model': 'gpt-4o', 'usage': {'prompt_tokens': 3, 'prompt_tokens_details': {'cached_tokens': 1}}}
"""

import re
from typing import Any

MAX_LENGTH = 1_000_000
_COUNT = re.compile(r"\b(\w+)['\"]?\s*[=:]\s*(\d{1,12})\b")
_TEXT = re.compile(r"\b(id|model|finish_reason|stop_reason)['\"]?\s*[=:]\s*['\"]([^'\"\s]{1,200})['\"]")
_INPUT_DETAILS = {"cached_tokens": "cached_tokens", "cache_write_tokens": "cache_write_tokens"}


def repr_usage(text: str) -> dict[str, Any]:
    """A raw usage object from its Python text; of several counts of a name the last. {} where there is none."""
    counts = {name: int(count) for name, count in _COUNT.findall(text[-MAX_LENGTH:])}
    found: dict[str, Any] = {name: counts[name] for name in counts if name in _NAMES}
    details = {new: counts[name] for name, new in _INPUT_DETAILS.items() if name in counts}
    if details:
        found["prompt_tokens_details"] = details
    if "reasoning_tokens" in counts:
        found["completion_tokens_details"] = {"reasoning_tokens": counts["reasoning_tokens"]}
    return found


_NAMES = frozenset(
    {"prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"}
    | {"cache_read_input_tokens", "cache_creation_input_tokens"}
)


def repr_answer(text: str) -> dict[str, str]:
    """`id`, `model` and `finish_reason` of an answer, those that its Python text has; of several the first."""
    found: dict[str, str] = {}
    for name, value in _TEXT.findall(text[:MAX_LENGTH]):
        found.setdefault("finish_reason" if name == "stop_reason" else name, value)
    return found
