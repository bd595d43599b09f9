"""Makes `names.txt.gz` of the recognisers: words, and what each of them can be.

    uv run --no-project --with mimesis==22.2.0 --with names==0.3.0 --with symspellpy==6.10.1 \\
        --with japanese-personal-name-dataset==0.4.0 python streams/gazetteer/build.py

Sources, with their licences: mimesis (MIT): names and cities of 40 countries; names (MIT): first and last names of the
US census of 1990, public domain; japanese-personal-name-dataset (MIT): last names; symspellpy (MIT): English words by
frequency. `more_*.txt`, `ambiguous.txt`, `technical.txt` and `foreign.txt` (words of everyday letters in other
languages) are ours. Nothing comes from Faker, which the tests use.

Flags: g given name, G one of the US, f family name, F a common one, w English word, W one of every day, p a word of a
city or a country, a given name that is a word, a place or a month as well, t a product or a technical word.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
OUT = HERE.parent / "src/nilometer/streams/mask/recognizers/names.txt.gz"
ORDINARY = 40_000
"""How many of the commonest English words count as ordinary."""
EVERYDAY = 12_000
COMMON = 5_000


def main() -> None:
    flags: dict[str, set[str]] = defaultdict(set)

    def add(words: Iterable[str], flag: str) -> None:
        for word in words:
            word = word.strip().lower()
            if len(word) > 1 and all(char.isalpha() or char in "'’-" or not char.isascii() for char in word):
                flags[word].add(flag)

    for folder in sorted(files("mimesis").joinpath("datasets").iterdir(), key=lambda entry: entry.name):
        if not folder.is_dir():
            continue
        person, address = folder / "person.json", folder / "address.json"
        if person.is_file():
            data = json.loads(person.read_text("utf-8"))
            add((part for name in flat(data.get("names", [])) for part in name.split()), "g")
            add(flat(data.get("surnames", [])), "f")
            add(flat(data.get("surnames", [])), "F")
        if address.is_file():
            data = json.loads(address.read_text("utf-8"))
            places = [*flat(data.get("city", [])), *flat(data.get("state", [])), *flat(data.get("country", []))]
            add((part for place in places for part in place.replace(",", " ").split() if len(part) > 2), "p")
    census = files("names")
    for name in ("dist.male.first", "dist.female.first"):
        first = [line.split()[0] for line in (census / name).read_text().splitlines()]
        add(first, "g")
        add(first, "G")
    last = [line.split()[0] for line in (census / "dist.all.last").read_text().splitlines()]
    add(last, "f")
    add(last[:COMMON], "F")
    japanese = files("japanese_personal_name_dataset") / "dataset" / "last_name_org.csv"
    rows = list(csv.reader(japanese.read_text("utf-8").splitlines()))[:8_000]
    add((row[0] for row in rows), "f")
    add((row[3] for row in rows if len(row) > 3), "f")
    for word in (HERE / "more_given.txt").read_text("utf-8").split():
        flags[word].add("g")
    for word in (HERE / "more_family.txt").read_text("utf-8").split():
        flags[word] |= {"f", "F"}
    lines = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines()
    add((line.split()[0] for line in lines[:ORDINARY]), "w")
    add((line.split()[0] for line in lines[:EVERYDAY]), "W")
    for word in (HERE / "ambiguous.txt").read_text("utf-8").split():
        flags[word].add("a")
    for word in (HERE / "foreign.txt").read_text("utf-8").split():
        # Nobody is called so in English either, unless another list says that somebody is.
        flags[word] |= {"w", "W"}
    for word in (HERE / "technical.txt").read_text("utf-8").split():
        flags[word].add("t")
    text = "".join(f"{word} {''.join(sorted(flags[word]))}\n" for word in sorted(flags))
    OUT.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    sys.stdout.write(f"{len(flags)} words, {OUT.stat().st_size} bytes\n")


def flat(value: Any) -> Iterator[str]:
    """The strings of a JSON value."""
    if isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            yield from flat(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from flat(inner)
    elif isinstance(value, str):
        yield value


if __name__ == "__main__":
    main()
