"""The recipes of docs/clients.md: what users copy is what the tests run."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
_BLOCK = re.compile(
    r"^<!-- recipe: (?P<name>[\w/.-]+)(?:: (?P<install>[^\n]+?))? -->\n```(?P<language>python|js)\n(?P<code>.*?)^```$",
    re.S | re.M,
)
_ROW = re.compile(r"^\| `(?P<name>[\w/.-]+)` \| `(?P<install>[^`|]+)` \| `(?P<code>[^`|]+)` \|", re.M)
_PLACE = re.compile(r"^( +)\.\.\.$", re.M)
TRACER = ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http", "opentelemetry-processor-baggage")


@dataclass(frozen=True)
class Recipe:
    """What to install, and the lines before the first call, or around it."""

    install: tuple[str, ...]
    code: str
    language: str = "python"

    def around(self, program: str) -> str:
        """The program after these lines, or in their place for it: `    ...`."""
        place = _PLACE.search(self.code)
        if place is None:
            return f"{self.code}\n{program}"
        return self.code[: place.start()] + textwrap.indent(program, place[1]) + self.code[place.end() :]


def recipes() -> dict[str, Recipe]:
    """Name → recipe. The lines of the tables come after those of the recipe `tracer`."""
    text = DOCS.read_text(encoding="utf-8")
    found = {
        b["name"]: Recipe(tuple((b["install"] or "").split()), b["code"], b["language"]) for b in _BLOCK.finditer(text)
    }
    tracer = found.pop("tracer")
    for row in _ROW.finditer(text):
        code = tracer.code + "\n" + row["code"].replace("; ", "\n") + "\n"
        found[row["name"]] = Recipe((*row["install"].split(), *TRACER), code)
    return found
