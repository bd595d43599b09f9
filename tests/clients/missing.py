"""What clients never send: not_sent.json, client → kind of call → fields that its rows lack (see compare.py).

Written by `python -m tests.clients.capture --accept CLIENT…`, and to be read before it is committed: a field stands
there because the capture does not carry it, a value because the client sends another one than it was served.
docs/clients.md says the same in words (`python -m tests.clients.missing` writes them).
"""

import json
from pathlib import Path

from tests.clients.recipes import DOCS
from tests.clients.table import CLIENTS

FILE = Path(__file__).with_name("not_sent.json")
MARKS = ("<!-- never sent: written by tests.clients.missing -->\n", "<!-- end -->\n")
Fields = dict[str, list[str]]


def not_sent() -> dict[str, Fields]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def accept(client: str, found: Fields) -> None:
    known = not_sent() | {client: found}
    kept = {name: fields for name, fields in sorted(known.items()) if fields}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table() -> str:
    """A row for each recipe, as its newest client shows it."""
    missing = not_sent()
    newest = {client.recipe: client for client in reversed(CLIENTS)}
    lines = sorted(f"| `{name}` | {_words(missing.get(newest[name].name, {}))} |\n" for name in newest)
    return "".join(["| name | what its calls lack |\n", "|---|---|\n", *lines])


def _words(fields: Fields) -> str:
    by_field: dict[str, list[str]] = {}
    for kind, names in fields.items():
        for name in names:
            field, sent, _ = name.partition("=")
            by_field.setdefault(f"{field} is wrong" if sent else field, []).append(_kind(kind))
    wholly = sorted(set(by_field.pop("row", [])))
    parts = [f"{name} ({', '.join(sorted(set(kinds)))})" for name, kinds in sorted(by_field.items())]
    return "; ".join([f"**no span**: {', '.join(wholly)}"] * bool(wholly) + parts) or "nothing"


def _kind(kind: str) -> str:
    path, _, how = kind.partition(" ")
    name = "embeddings" if "mbed" in path else path.rpartition("/")[2].rpartition(":")[2]
    return f"{name} {how}".strip()


def documented(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(MARKS[0])
    return before + MARKS[0] + table() + MARKS[1] + rest.partition(MARKS[1])[2]


if __name__ == "__main__":
    DOCS.write_text(documented(DOCS.read_text(encoding="utf-8")), encoding="utf-8")
