"""Texts of one thing repeated, which patterns with two ways to read it take for ever over.

What is looked at before the patterns' common clock starts has no limit of its own, so it must not need one.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from nilometer.streams.mask import base64_text, json_text, media, readings

LENGTH = 100_000
REPEATED = (
    *("a", "A", "1", "aA1", "a ", " ", "\n", "\t", "\r\n", "a\n", "a-", "a_", "a/", "a.", "=", "a=", "-", "+", "a+"),
    *("\\", "\\\\u", "\\u0041", "\\n", "%", "%41", "&", "&#65;", "&a", "?a=1+", '"', '\\"', "(", "[1,", '{"', '{"a":'),
    *(
        "data:",
        "data:image/png;base64,",
        ";base64,",
        "a" * 76 + "\n",
        "YWJj\n",
        "YWJjZGVmZ2hpag== ",
        "é",
        "\u200b",
        "１",
    ),
)
ENDS = ("", " x!", "=", "\\")
READERS: dict[str, Callable[[str], Any]] = {
    "whole base64": media.is_base64,
    "a part that says it is base64": lambda text: media.is_content("data", text, {"type": "blob"}, ()),
    "data URLs": lambda text: media.DATA_URL.sub("", text),
    "escapes": readings.read,
    "JSON in it": lambda text: _all(json_text.split(text)),
    "base64 in it": lambda text: _all(base64_text.runs(text)),
}


def _all(found: Iterable[object]) -> int:
    try:
        return sum(1 for _ in found)
    except RecursionError:
        # That is JSON too deep, which is refused.
        return 0


# Not a measure of speed: each is some seconds, or hours.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_repeated_is_read_to_its_end(reader: str) -> None:
    for repeated in REPEATED:
        for end in ENDS:
            text = repeated * (LENGTH // len(repeated)) + end
            READERS[reader](text)


def test_base64_is_told_from_what_only_begins_like_it() -> None:
    line = "Ab1" * 25
    assert media.is_base64(line * 3)
    assert media.is_base64(f"{line}\n{line}\n{line}==\n")
    assert media.is_base64(f"{line}==\n{line}\r\n{line}")
    assert not media.is_base64(f"{line}\n{line}\nshort")
    assert not media.is_base64(line * 3 + " and more")
    assert not media.is_base64(line * 3 + "!")


def test_backslashes_without_end_hide_nothing_behind_them() -> None:
    reading = readings.read("\\" * 2_001 + "u0040 \\\\x41 \\n \\\\\\ud83d\\\\ude00 \\q")
    assert reading is not None
    assert reading.text == "@ A \n \U0001f600 \\q"


def test_a_plus_is_a_space_within_a_query_only() -> None:
    reading = readings.read("1+1 see https://x.example/?a=b+c&d=e+f and 2+2, https://y.example/?g=h+i")
    assert reading is not None
    assert reading.text == "1+1 see https://x.example/?a=b c&d=e f and 2+2, https://y.example/?g=h i"
