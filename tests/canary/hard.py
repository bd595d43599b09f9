"""Events that are well formed, and that a worker may choke on: long, deep, wide, slow."""

import base64
import json
from typing import Any

from tests.canary.native import START, Ids
from tests.canary.planter import Planter

CHUNK = 20_000
"""Characters of a long text that are read at a time."""
FILLER = "and then there was nothing to report about the order at all; "


def that_arrive(planter: Planter, ids: Ids) -> list[dict[str, Any]]:
    """With a mark where a text could not be masked, at the worst."""
    said = planter.said
    before_a_seam = (FILLER * 400)[: CHUNK - 12]
    wrapped = said("hard: base64 five times").encode()
    for _ in range(5):
        wrapped = base64.b64encode(wrapped)
    quoted = said("hard: JSON six times")
    for _ in range(6):
        quoted = json.dumps({"x": quoted})
    deep = "[" * 5_000 + "]" * 5_000
    made: list[dict[str, Any]] = [
        {"error_message": said("hard: a text over the limit") + " x" * 600_000},
        {"error_message": "x " * 600_000 + said("hard: the end of a text over the limit")},
        {"tool_result": before_a_seam + planter.take("hard: over a seam", own_form=True).said + FILLER * 300},
        {"error_message": f'["{said("hard: deep JSON in a text").replace(chr(10), " ")}",{deep}]'},
        {"error_message": "a" * 5_000 + " " + said("hard: one letter 5,000 times")},
        {"error_message": "(<[{" * 2_000 + said("hard: brackets")},
        {"error_message": " " * 20_000 + said("hard: blanks")},
        {"error_message": "1" * 5_000 + " " + said("hard: digits")},
        {"error_message": "a@" * 3_000 + " " + said("hard: at signs")},
        {"error_message": "x.y-" * 3_000 + " " + said("hard: joints")},
        {"error_message": "\0\u200b\u202e" * 50 + said("hard: signs that nobody sees")},
        {"error_message": wrapped.decode()},
        {"error_message": quoted},
        {"attributes": {f"key {n}": n for n in range(3_000)} | planter.map("hard: 3,000 keys")},
        {"attributes": {"list": [f"value {n}" for n in range(3_000)] + [said("hard: 3,000 values")]}},
        {"tool_arguments": _nested(said("hard: 50 deep"), 50)},
        {"tool_arguments": {"n": 10**30, "x": said("hard: beside a wide number")}},
    ]
    spans = [_span(ids.trace(), fields) for fields in made]
    planter.arrive.setdefault(planter.ingress, set()).update(span["trace_id"] for span in spans)
    return spans


def that_are_refused(planter: Planter, ids: Ids) -> list[dict[str, Any]]:
    """Not masked, therefore not passed on."""
    people = [{"first_name": f"N{n}x", "note": n} for n in range(6_000)]
    made: list[dict[str, Any]] = [
        {"attributes": {"people": people, "note": planter.said("hard: more values than keys may give away")}},
        {"tool_arguments": _nested(planter.said("hard: 90 deep"), 90)},
        {"tool_arguments": _nested(planter.said("hard: 400 deep"), 400)},
    ]
    return [_span(ids.trace(), fields) for fields in made]


def _nested(text: str, depth: int) -> Any:
    value: Any = text
    for level in range(depth):
        value = {"x": value} if level % 2 else [value]
    return {"x": value}


def _span(trace: str, fields: dict[str, Any]) -> dict[str, Any]:
    common = {
        "type": "span",
        "trace_id": trace,
        "span_id": trace[-16:],
        "name": "hard",
        "started_at": START.isoformat(),
    }
    return common | fields
