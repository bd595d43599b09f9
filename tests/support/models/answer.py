"""What a model says: a function of what it is asked, so that agents come to an end and every answer can be told apart.

A model that is called `fail-429` answers with that status. With tools, each is called once, in their order, and then
`final_answer` where there is one; then comes text. Where JSON is asked for, it fits the schema.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Json = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """A request, whichever provider's."""

    model: str
    asked: str
    """The last text that the user said."""
    stream: bool = False
    tools: Sequence[tuple[str, Json]] = ()
    """Names and JSON schemas of their arguments."""
    called: Sequence[str] = ()
    """Tools that were called already."""
    schema: Json | None = None
    """The answer must be JSON like this."""
    forced: str | None = None
    """The tool that must be called."""
    system: str = ""


@dataclass(frozen=True)
class Call:
    id: str
    name: str
    arguments: Json


@dataclass(frozen=True)
class Answer:
    """Tokens by OpenTelemetry's rule: `taken` includes `cached` and `written`, `given` includes `reasoning`."""

    number: int
    text: str = ""
    calls: Sequence[Call] = field(default_factory=list[Call])
    taken: int = 0
    given: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0

    @property
    def said(self) -> str:
        return self.text or " ".join(call.name for call in self.calls)


class FailureAskedForError(Exception):
    """The model's name asks for a failure."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


_numbers = itertools.count(1)


def begin_anew(first: int = 1) -> None:
    """Counts answers from there again, so that captures repeat, and those of two clients have no id in common."""
    global _numbers
    _numbers = itertools.count(first)


def answer(ask: Ask) -> Answer:
    """Raises FailureAskedForError."""
    if ask.model.rpartition("/")[2].startswith("fail-"):
        raise FailureAskedForError(int(ask.model.rpartition("fail-")[2][:3]))
    number = next(_numbers)
    cached, reasoning = 10 + number % 7, 3 + number % 5
    counts: dict[str, Any] = {
        "taken": 100 + number % 1000,
        "given": 30 + number % 11,
        "cached": cached,
        "written": 5 + number % 3,
        "reasoning": reasoning,
    }
    wanted = _wanted(ask)
    if wanted is not None:
        name, schema = wanted
        schema = schema if schema.get("type") else {"type": "object", **schema}
        return Answer(number, calls=[Call(f"call_{number:08}", name, _example(schema, schema))], **counts)
    if ask.schema is not None:
        return Answer(number, text=json.dumps(_example(ask.schema, ask.schema)), **counts)
    return Answer(number, text=_text(ask, number), **counts)


def embedding(text: str, size: int = 8) -> list[float]:
    return [((hash_of(text) >> i) % 97) / 97 for i in range(size)]


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[:64].ljust(64, b"."), "big") % (2**61 - 1)


def _wanted(ask: Ask) -> tuple[str, Json] | None:
    if ask.forced:
        return next(((n, s) for n, s in ask.tools if n == ask.forced), None)
    last = ("final_answer", "final_result", "submit", "finish")
    ordered = sorted(ask.tools, key=lambda tool: tool[0] in last)
    return next(((n, s) for n, s in ordered if n not in ask.called and n != "end_conversation"), None)


def _text(ask: Ask, number: int) -> str:
    said = f"It is sunny, says answer {number}."
    if "[[ ## " in ask.asked + ask.system:  # DSPy's form
        return f"[[ ## reasoning ## ]]\nA thought.\n\n[[ ## answer ## ]]\n{said}\n\n[[ ## completed ## ]]"
    if "Final Answer" in ask.asked + ask.system:  # CrewAI's and LangChain's ReAct
        return f"Thought: I now can give a great answer\nFinal Answer: {said}"
    if ask.asked.rstrip().endswith("ReAct:"):
        return f"Thought: I can answer.\nAnswer: {said}"
    return said


def _example(schema: Any, root: Any) -> Any:
    """A value that a JSON schema allows, as far as tools' schemas go."""
    if not isinstance(schema, dict):
        return "x"
    given = cast("Json", schema)
    if "$ref" in given:
        node: Any = root
        for part in str(given["$ref"]).removeprefix("#/").split("/"):
            node = node[part]
        return _example(node, root)
    if given.get("enum"):
        return given["enum"][0]
    if "const" in given:
        return given["const"]
    for name in ("anyOf", "oneOf", "allOf"):
        if given.get(name):
            return _example(given[name][0], root)
    kind = given.get("type", "object" if "properties" in given else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match str(kind).lower():
        case "object":
            return {k: _example(v, root) for k, v in (given.get("properties") or {}).items()}
        case "array":
            return [_example(given.get("items"), root)]
        case "integer":
            return 3
        case "number":
            return 0.5
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "Cairo"
