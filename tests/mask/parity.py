"""Parity: what plain Presidio finds in the real runs, the engine masks too, but for what is listed here with a reason.

`uv run python -m tests.mask.parity` compares all unique texts and exits with 1 where a difference has no reason. Plain
Presidio takes half a minute or more for them; its answers are kept under .build.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from nilometer.producers.importers import Imported, read
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import Masker, MaskFailure
from tests.mask.airline import FILE
from tests.mask.plain import Found, answers

_NOT_TEXT = frozenset({"role", "type", "id", "name"})
_CODE = re.compile(r"[A-Z]{1,3}|(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,6}")
_HEADINGS = frozenset({"Modify"})
_WORDS = frozenset(
    (
        *("allowance", "apply", "arrival", "bag", "baggage", "cancel", "card", "cards", "certificate", "certificates"),
        *("checked", "flight", "gift", "leg", "second"),
    )
)
_PUBLIC = frozenset({"John F. Kennedy International Airport", "Phoenix"})


@dataclass(frozen=True)
class Difference:
    """A finding of plain Presidio of which letters or digits stay."""

    text: str
    found: Found
    left: tuple[str, ...]
    """The words of it that stay, or what is left of them."""

    @property
    def value(self) -> str:
        return self.text[self.found.start : self.found.end]


def _is_code(one: Difference) -> bool:
    return one.found.kind in ("PERSON", "LOCATION") and all(_CODE.fullmatch(word) for word in one.left)


def _is_possessive(one: Difference) -> bool:
    return one.left == ("s",) and one.value.endswith(("'s", "’s"))


def _is_heading(one: Difference) -> bool:
    before = one.text[: one.found.start].rsplit("\n", 1)[-1]
    return one.value in _HEADINGS and before.strip("# ") == ""


def _is_short_number(one: Difference) -> bool:
    return one.found.kind == "PHONE_NUMBER" and one.found.recognizer == "PhoneRecognizer" and len(one.value) < 7


def _is_speech(one: Difference) -> bool:
    return one.found.kind in ("PERSON", "LOCATION") and all(
        word.lower() in _WORDS or _CODE.fullmatch(word) for word in one.left
    )


def _is_public(one: Difference) -> bool:
    return one.found.kind == "PERSON" and one.value in _PUBLIC


REASONS: dict[str, Callable[[Difference], bool]] = {
    "an airport, a flight or a reservation is nobody's name, nor a city's: all that stays is such codes": _is_code,
    "the 's after a name that is masked stays": _is_possessive,
    "a verb, with a capital because it begins a heading": _is_heading,
    "words of every day, with a capital because a list has them so: nobody's name, no place": _is_speech,
    "an airport and a city, which are no persons": _is_public,
    "a price of four digits is no phone number": _is_short_number,
}


@dataclass
class Parity:
    texts: int = 0
    findings: int = 0
    explained: dict[str, list[Difference]] = field(default_factory=lambda: defaultdict[str, list[Difference]](list))
    unexplained: list[Difference] = field(default_factory=list[Difference])


def texts_of(path: Path) -> list[str]:
    """All unique texts of the runs' prompts and answers, in order: messages, tool arguments and tool results."""
    found: dict[str, None] = {}
    for item in read(path, "openai-chat"):
        if isinstance(item, Imported):
            for name in ("input_messages", "output_messages"):
                found.update(dict.fromkeys(_strings(getattr(item.event, name, None))))
    return list(found)


def compare(texts: Sequence[str], masker: Masker) -> Parity:
    parity = Parity(texts=len(texts))
    plain = answers(texts)
    for start in range(0, len(texts), 200):
        some = texts[start : start + 200]
        for text, ours in zip(some, masker.mask_texts(some), strict=True):
            assert not isinstance(ours, MaskFailure), ours
            masked = bytearray(len(text))
            for finding in ours.findings:
                masked[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
            for found in plain[text]:
                parity.findings += 1
                left = _left(text, found, masked)
                if left:
                    _explain(Difference(text, found, left), parity)
    return parity


def _left(text: str, found: Found, masked: bytearray) -> tuple[str, ...]:
    shown = "".join(" " if masked[at] else text[at] for at in range(found.start, found.end))
    return tuple(re.findall(r"[^\W_]+", shown))


def _explain(one: Difference, parity: Parity) -> None:
    for reason, holds in REASONS.items():
        if holds(one):
            parity.explained[reason].append(one)
            return
    parity.unexplained.append(one)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if key not in _NOT_TEXT:
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _strings(inner)


def _listed(differences: Sequence[Difference]) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in differences:
        counts[one.found.kind, one.value] += 1
    for (kind, value), count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {count} × {kind} {value!r}"


def main() -> int:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else f"../shared/data/{FILE}")
    texts = texts_of(path)
    parity = compare(texts, Masker(MaskingSettings(), b"k" * 32, "dev"))
    out = [f"{parity.texts} texts; plain Presidio finds {parity.findings}"]
    for reason, differences in parity.explained.items():
        out += [f"{len(differences)} differ: {reason}", *_listed(differences)]
    out += [f"{len(parity.unexplained)} differ without a reason", *_listed(parity.unexplained)]
    sys.stdout.write("\n".join(out) + "\n")
    return 1 if parity.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
