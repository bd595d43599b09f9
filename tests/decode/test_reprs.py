"""Answers that come as Python text."""

import pytest

from nilometer.streams.decode.otlp.reprs import repr_answer, repr_usage
from nilometer.streams.decode.otlp.usage import raw_usage

OPENAI = (
    "ChatCompletion(id='chatcmpl-1', choices=[Choice(finish_reason='stop', index=0, message=ChatCompletionMessage("
    "content='prompt_tokens: 99', role='assistant'))], created=1, model='gpt-4o', usage=CompletionUsage("
    "completion_tokens=31, prompt_tokens=101, total_tokens=132, completion_tokens_details=CompletionTokensDetails("
    "audio_tokens=0, reasoning_tokens=4), prompt_tokens_details=PromptTokensDetails(audio_tokens=0, cached_tokens=11)))"
)
LITELLM = (
    "{'completion_tokens': 32, 'prompt_tokens': 102, 'cache_creation_input_tokens': 7, 'cache_read_input_tokens': 12}"
)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (OPENAI, {"input_tokens": 101, "output_tokens": 31, "cache_read_tokens": 11, "reasoning_tokens": 4}),
        (LITELLM, {"input_tokens": 102, "output_tokens": 32, "cache_read_tokens": 12, "cache_write_tokens": 7}),
        ("None", {}),
        ("<Stream object at 0x7f>", {}),
        ("x" * 10_000, {}),
    ],
)
def test_counts_are_those_that_the_text_has(text: str, counts: dict[str, int]) -> None:
    assert raw_usage(repr_usage(text)) == counts


def test_an_answer_is_known_by_its_first_id() -> None:
    assert repr_answer(OPENAI) == {"id": "chatcmpl-1", "model": "gpt-4o", "finish_reason": "stop"}
