"""`repeated_tool_calls`: did an agent do the same thing again, with the same arguments?

Kinds, worst first: `consecutive` (A A), `cycle` (A B A), `repeated` (A … A further apart). A call that follows a
failed one of the same kind is a retry and does not count. Arguments are compared as they are kept: two values that
masking made equal are equal here.
"""

from collections import Counter

import msgspec

from nilometer.evaluation.scores.messages import tool_calls
from nilometer.evaluation.scores.parsing import parse_json
from nilometer.evaluation.subjects import Finding, Trace

VERSION = "1"
KINDS = ("consecutive", "cycle", "repeated")


def repeated_tool_calls(trace: Trace) -> Finding | None:
    """1.0 repeated, 0.0 not; the label is the worst kind. Traces with fewer than two tool calls are not scored."""
    done = _done(trace)
    if len(done) < 2:
        return None
    counts: Counter[str] = Counter()
    last: dict[tuple[str, bytes], int] = {}
    for i, (key, _) in enumerate(done):
        before = last.get(key)
        last[key] = i
        # What failed may be tried again.
        if before is None or not done[before][1]:
            continue
        counts[KINDS[min(i - before, len(KINDS)) - 1]] += 1
    found = [kind for kind in KINDS if counts[kind]]
    explanation = ", ".join(f"{counts[kind]} {kind}" for kind in found) or "no repetition"
    return Finding(
        value=1.0 if found else 0.0,
        label=found[0] if found else "none",
        explanation=f"{explanation} among {len(done)} tool calls",
        attributes={"tool_calls": len(done)} | {kind: counts[kind] for kind in found},
    )


def _done(trace: Trace) -> list[tuple[tuple[str, bytes], bool]]:
    """What was called and whether it went well, in order: the tool spans, or where there are none what models asked."""
    tools = [span for span in trace.spans if span.is_tool]
    if tools:
        return [(_key(span.tool_name or "", span.tool_arguments), span.status == "ok") for span in tools]
    asked = [call for span in trace.spans if span.is_call for call in tool_calls(span.output_messages)]
    return [(_key(call.name, call.arguments), True) for call in asked]


def _key(name: str, arguments: object) -> tuple[str, bytes]:
    """Arguments as canonical JSON, so that spelling does not matter."""
    value = parse_json(arguments) if isinstance(arguments, str) else arguments
    return name, msgspec.json.encode(value, order="deterministic")
