"""How far each scorer has come, as offsets in the warehouse: the newest snapshot, and the time of the last run.

Which traces were open at that time is a question of the settings [traces]. So the time is kept under a topic that names
them, and where they have changed since, whatever they may have left open is looked at again.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from nilometer.evaluation.backlog import Mark
from nilometer.schemas.settings import TraceSettings
from nilometer.warehouse.writer import OffsetKey, Writer

CLUSTER = "evaluation"
LONGEST = timedelta(days=1)
"""No setting lets a trace be open for longer after its last row."""


def read(writer: Writer, rule: TraceSettings, evaluators: Iterable[str]) -> dict[str, Mark]:
    """Evaluator → how far it has come; (0, 0) of one that has not run yet."""
    offsets = writer.offsets(CLUSTER)
    found: dict[str, Mark] = {}
    for evaluator in evaluators:
        snapshot = offsets.get(OffsetKey(CLUSTER, evaluator, 0), 1) - 1
        times = [time for key, time in offsets.items() if key.topic.startswith(f"{evaluator} ")]
        latest, same = max(times, default=0), offsets.get(_time_key(evaluator, rule), 0)
        found[evaluator] = Mark(snapshot, same if same == latest else latest - LONGEST // timedelta(microseconds=1))
    return found


def advanced(seen: Mapping[str, Mark], now: Mark, rule: TraceSettings) -> dict[OffsetKey, int]:
    """The offsets to write: an offset is the one to read next."""
    found: dict[OffsetKey, int] = {}
    for evaluator, before in seen.items():
        if now.snapshot > before.snapshot:
            found[OffsetKey(CLUSTER, evaluator, 0)] = now.snapshot + 1
        if now.time > before.time:
            found[_time_key(evaluator, rule)] = now.time
    return found


def _time_key(evaluator: str, rule: TraceSettings) -> OffsetKey:
    said = f"quiet={rule.quiet_seconds:g} timeout={rule.timeout_seconds:g} max_open={rule.max_open_seconds:g}"
    return OffsetKey(CLUSTER, f"{evaluator} {said}", 0)
