"""`python -m nilometer.schemas.generate`: writes the published contract from the types, and says what must not change.

    published/<kind>.json, asyncapi.json    what the types give now; written anew each time
    published/v1/<kind>.<n>.json            what was released, revision by revision; files are added, never changed
    published/v1/digests.txt                SHA-256 of each of those, in the order they came

The types may go only where readers of every released revision can follow (see `compatibility`); what they cannot
follow is another major version, in a folder and under names of its own.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from nilometer.schemas.asyncapi import asyncapi
from nilometer.schemas.compatibility import incompatibilities
from nilometer.schemas.contract import VERSION, documents

PUBLISHED = Path(__file__).parent / "published"
DIGESTS = "digests.txt"
_REVISION = re.compile(r"^(?P<kind>[a-z_]+)\.(?P<number>[1-9][0-9]*)\.json$")


def render(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def current() -> dict[str, str]:
    """File name → text, as the types give it."""
    files = {f"{kind}.json": render(schema) for kind, schema in documents().items()}
    return files | {"asyncapi.json": render(asyncapi())}


def drift(folder: Path = PUBLISHED) -> list[str]:
    """The files that are not what the types give."""
    wanted = current()
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def revisions(folder: Path = PUBLISHED) -> dict[str, list[Path]]:
    """Kind → its released revisions, oldest first."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for file in (folder / VERSION).glob("*.json"):
        match = _REVISION.match(file.name)
        if match:
            found.setdefault(match["kind"], []).append((int(match["number"]), file))
    return {kind: [file for _, file in sorted(files)] for kind, files in sorted(found.items())}


def breaks(folder: Path = PUBLISHED) -> list[str]:
    """What the types would break for those who read, or still keep, messages of a released revision."""
    now = documents()
    found: list[str] = []
    for kind, files in revisions(folder).items():
        for file in files:
            if kind not in now:
                found.append(f"{file.name}: {kind} is gone")
                continue
            released = json.loads(file.read_text(encoding="utf-8"))
            found += [f"{file.name}: {line}" for line in incompatibilities(released, now[kind])]
    return found


def tampered(folder: Path = PUBLISHED) -> list[str]:
    """Released files that are not what was released: changed, taken away, or put there by hand."""
    known = _digests(folder)
    there = {file.name: _digest(file) for files in revisions(folder).values() for file in files}
    return sorted(name for name in known.keys() | there.keys() if known.get(name) != there.get(name))


def release(folder: Path = PUBLISHED) -> list[str]:
    """Adds what is new to the released revisions; returns the new files' names."""
    known = revisions(folder)
    added: list[str] = []
    (folder / VERSION).mkdir(parents=True, exist_ok=True)
    for kind, schema in documents().items():
        files = known.get(kind, [])
        text = render(schema)
        if files and files[-1].read_text(encoding="utf-8") == text:
            continue
        file = folder / VERSION / f"{kind}.{len(files) + 1}.json"
        file.write_text(text, encoding="utf-8")
        with (folder / VERSION / DIGESTS).open("a", encoding="utf-8") as digests:
            digests.write(f"{_digest(file)}  {file.name}\n")
        added.append(file.name)
    return added


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digests(folder: Path) -> dict[str, str]:
    file = folder / VERSION / DIGESTS
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def main(arguments: list[str] | None = None) -> int:
    """0: done, or nothing to do; 1: refused, with the reasons on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m nilometer.schemas.generate", description="The published contract, from the types."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is not up to date")
    parser.add_argument("--release", action="store_true", help="also add what is new to the released revisions")
    parser.add_argument("--folder", type=Path, default=PUBLISHED, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    problems = [f"a released file was changed: {name}" for name in tampered(folder)]
    problems += [f"backward-incompatible: {line}" for line in breaks(folder)]
    if options.check:
        problems += [f"not up to date: {name}" for name in drift(folder)]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)  # noqa: T201
        return 1
    if not options.check:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = current()
        for name, text in wanted.items():
            (folder / name).write_text(text, encoding="utf-8")
        for file in folder.glob("*.json"):
            if file.name not in wanted:
                file.unlink()
    if options.release:
        release(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
