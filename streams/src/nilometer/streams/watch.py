"""The watch: what the rules see in the rollups, and what changes of alerts follow. Pure: the clock is handed in.

Event time is the only time that rules know. It stands at the latest second seen, and runs on with the wall clock from
there, so that windows empty and alerts resolve when traffic stops, and so that a replay of an old day is judged by its
own time. Rules with `above` are judged at that moment, for more data only confirms them; rules with `below` one
watermark behind it, when what is late has come.

Times here are whole seconds since 1970, UTC.
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from nilometer.schemas.alert import Alert
from nilometer.schemas.ids import event_id
from nilometer.schemas.rollup import Cell, Rollup
from nilometer.schemas.settings import DetectorSettings, Rule
from nilometer.streams.rules import holds, matches, measure, totals_of
from nilometer.streams.windows import Window

OTHER = "(other)"
"""The dimensions' value for all groups beyond `detector.max_groups`."""

Key = tuple[str, ...]


@dataclass
class Group:
    """One rule for one combination of its dimensions."""

    window: Window
    open: Alert | None = None
    held: bool = False
    """Whether the rule held when last looked at."""
    last_held: int = 0
    since: int | None = None
    """The first second with data: a window that began later is not complete."""
    floor: int = -1
    """Changes up to here are known from the topic `alerts`: they are not judged again."""
    wake: int | None = None


@dataclass
class Watched:
    """A rule and its groups."""

    rule: Rule
    groups: dict[Key, Group] = field(default_factory=dict[Key, Group])


class Watch:
    """Rollups in, changes of alerts out. `late` and `doubled` count what was left out."""

    def __init__(self, settings: DetectorSettings, environment: str) -> None:
        self._settings = settings
        self._environment = environment
        self._watermark = math.ceil(settings.watermark_seconds)
        self._resolve = math.ceil(settings.resolve_seconds)
        self._watched = {rule.name: Watched(rule) for rule in settings.watched}
        self._orphans: dict[str, Alert] = {}
        self._seen: dict[tuple[str, int, str], int] = {}
        self._drift: float | None = None
        self._time: int | None = None
        self._wakes: list[tuple[int, str, Key]] = []
        self.late = 0
        self.doubled = 0

    @property
    def span(self) -> int:
        """How many seconds of rollups a new watch must be filled with before it may judge."""
        return max((rule.window_seconds for rule in self._settings.watched), default=0) + self._watermark

    @property
    def grace(self) -> int:
        """How far back a new watch judges, so that what its predecessor did not live to say is said."""
        return self._resolve + self._watermark

    def open_alerts(self) -> list[Alert]:
        return [g.open for w in self._watched.values() for g in w.groups.values() if g.open is not None]

    # Starting: what was said before, then the rollups before the moment to start from.

    def learn(self, alert: Alert) -> None:
        """A change that is in the topic `alerts` already; in their order there."""
        watched = self._watched.get(alert.rule)
        if watched is None or not set(alert.dimensions) <= set(watched.rule.by):
            # The rule is gone, or groups otherwise now: nobody would ever resolve its alerts.
            if alert.state == "firing":
                self._orphans[alert.alert_id] = alert
            else:
                self._orphans.pop(alert.alert_id, None)
            return
        group = self._group(watched, alert.dimensions)
        group.floor = max(group.floor, math.floor(alert.changed_at.timestamp()))
        group.last_held = max(group.last_held, group.floor)
        group.open = alert if alert.state == "firing" else None

    def fill(self, rollup: Rollup) -> None:
        """A rollup from before the moment to start from: it counts, but nothing is judged yet."""
        for second, cell in self._accept([rollup]):
            self._count(second, cell)

    def start(self, at: datetime) -> list[Alert]:
        """Nothing before this moment is judged. Resolves the alerts of rules that are gone."""
        if self._drift is None:
            # No traffic lately, but alerts are open: they know where event time stood.
            for alert in self.open_alerts():
                self._drifted((alert.changed_at - alert.detected_at).total_seconds())
        if self._drift is not None:
            self._time = math.floor(at.timestamp() + self._drift)
        for name, watched in self._watched.items():
            for key, group in list(watched.groups.items()):
                if self._time is not None:
                    group.window.move(self._end(watched.rule, self._time))
                    group.held = holds(watched.rule, group.window.total) is not None
                    group.last_held = max(group.last_held, self._time)
                self._schedule(name, key, group)
        gone, self._orphans = self._orphans, {}
        return [_resolved(alert, alert.value, max(alert.changed_at, at), at) for alert in gone.values()]

    # Running.

    def apply(self, rollups: Sequence[Rollup], now: datetime) -> list[Alert]:
        """The changes that follow from some rollups; their order among themselves does not matter."""
        changes: list[Alert] = []
        touched: set[tuple[str, Key]] = set()
        for second, cell in sorted(self._accept(rollups), key=lambda found: found[0]):
            if self._time is None or second > self._time:
                changes += self._judge(touched, now)
                changes += self._run_to(second, now)
                touched.clear()
            touched |= self._count(second, cell)
        changes += self._judge(touched, now)
        return changes + self.advance(now)

    def advance(self, now: datetime) -> list[Alert]:
        """The changes that follow from time alone."""
        if self._drift is None:
            return []
        return self._run_to(math.floor(now.timestamp() + self._drift), now)

    def _accept(self, rollups: Iterable[Rollup]) -> list[tuple[int, Cell]]:
        """The cells of those rollups that have not been counted, with the second that each counts for."""
        found: list[tuple[int, Cell]] = []
        for rollup in rollups:
            place = (rollup.topic, rollup.partition, rollup.incarnation)
            if rollup.first_offset <= self._seen.get(place, -1):
                self.doubled += 1
                continue
            self._seen[place] = rollup.last_offset
            published = rollup.published_at.timestamp()
            for cell in rollup.cells:
                # Who claims to be from the future must not stop the clock for all others: it counts as of now.
                second = min(cell.second, math.floor(published) + self._watermark)
                self._drifted(second - published)
                found.append((second, cell))
        return found

    def _drifted(self, drift: float) -> None:
        self._drift = drift if self._drift is None else max(self._drift, drift)

    def _count(self, second: int, cell: Cell) -> set[tuple[str, Key]]:
        """Adds a cell to every window that it belongs to; gives the groups that changed."""
        touched: set[tuple[str, Key]] = set()
        for name, watched in self._watched.items():
            rule = watched.rule
            if not matches(rule, cell.dimensions):
                continue
            group = self._group(watched, cell.dimensions)
            if not group.window.add(second, totals_of(cell, latency=rule.metric == "latency_ms")):
                self.late += cell.calls + cell.secrets
                continue
            group.since = second if group.since is None else min(group.since, second)
            touched.add((name, self._key(watched, cell.dimensions)))
        return touched

    def _key(self, watched: Watched, dimensions: dict[str, str]) -> Key:
        key = tuple(dimensions.get(name, "") for name in watched.rule.by)
        if key in watched.groups or len(watched.groups) < self._settings.max_groups:
            return key
        return (OTHER,) * len(key)

    def _group(self, watched: Watched, dimensions: dict[str, str]) -> Group:
        key = self._key(watched, dimensions)
        group = watched.groups.get(key)
        if group is None:
            group = watched.groups[key] = Group(Window(watched.rule.window_seconds))
            if self._time is not None:
                group.window.move(self._end(watched.rule, self._time))
        return group

    def _end(self, rule: Rule, time: int) -> int:
        return time if rule.above is not None else time - self._watermark

    def _run_to(self, time: int, now: datetime) -> list[Alert]:
        """Lets time pass: whatever changes on the way is judged at its own moment."""
        changes: list[Alert] = []
        while self._wakes and self._wakes[0][0] <= time:
            due, name, key = heapq.heappop(self._wakes)
            group = self._watched[name].groups.get(key)
            if group is None or group.wake != due:
                continue
            group.wake = None
            self._time = due if self._time is None else max(self._time, due)
            changes += self._look(name, key, now)
        self._time = time if self._time is None else max(self._time, time)
        return changes

    def _judge(self, touched: Iterable[tuple[str, Key]], now: datetime) -> list[Alert]:
        return [change for name, key in sorted(touched) for change in self._look(name, key, now)]

    def _look(self, name: str, key: Key, now: datetime) -> list[Alert]:
        """Judges one group at the present moment."""
        watched = self._watched[name]
        rule, group, time = watched.rule, watched.groups[key], self._time
        assert time is not None  # noqa: S101
        end = self._end(rule, time)
        group.window.move(end)
        value = holds(rule, group.window.total)
        if rule.below is not None and group.since is not None and end < group.since + rule.window_seconds:
            value = None
        if group.held or value is not None:
            group.last_held = max(group.last_held, time)
        group.held = value is not None
        changes: list[Alert] = []
        if time > group.floor:
            if value is not None and group.open is None:
                group.open = self._fire(rule, key, value, time, now)
                changes.append(group.open)
            elif value is None and group.open is not None and time - group.last_held >= self._resolve:
                last = measure(rule, group.window.total)
                at = datetime.fromtimestamp(time, UTC)
                changes.append(_resolved(group.open, float(last or 0), at, now))
                group.open = None
        if group.open is None and not group.held and not len(group.window):
            del watched.groups[key]
        else:
            self._schedule(name, key, group)
        return changes

    def _schedule(self, name: str, key: Key, group: Group) -> None:
        """The next moment at which something may change for this group although nothing arrives."""
        rule = self._watched[name].rule
        lag = 0 if rule.above is not None else self._watermark
        dues: list[int] = []
        change = group.window.next_change()
        if change is not None:
            dues.append(change + lag)
        if group.open is not None and not group.held:
            dues.append(group.last_held + self._resolve)
        if rule.below is not None and group.since is not None and not group.held:
            dues.append(group.since + rule.window_seconds + lag)
        later = [due for due in dues if self._time is None or due > self._time]
        wake = min(later, default=None)
        if wake is not None and wake != group.wake:
            heapq.heappush(self._wakes, (wake, name, key))
        group.wake = wake

    def _fire(self, rule: Rule, key: Key, value: Decimal, time: int, now: datetime) -> Alert:
        at = datetime.fromtimestamp(time, UTC)
        dimensions = {name: part for name, part in zip(rule.by, key, strict=True) if part}
        pairs = [text for pair in sorted(dimensions.items()) for text in pair]
        alert_id = event_id("alert", self._environment, rule.name, at.isoformat(), *pairs)
        threshold = rule.above if rule.above is not None else rule.below
        return Alert(
            event_id=event_id("alert_change", alert_id, "firing"),
            alert_id=alert_id,
            rule=rule.name,
            state="firing",
            severity=rule.severity,
            metric=rule.metric,
            value=float(value),
            threshold=float(threshold or 0),
            window_seconds=rule.window_seconds,
            dimensions=dimensions,
            environment=self._environment,
            started_at=at,
            changed_at=at,
            detected_at=now,
            summary=rule.summary,
            runbook_url=rule.runbook_url,
        )


def _resolved(alert: Alert, value: float, at: datetime, now: datetime) -> Alert:
    return msgspec.structs.replace(
        alert,
        event_id=event_id("alert_change", alert.alert_id, "resolved"),
        state="resolved",
        value=value,
        changed_at=at,
        detected_at=now,
    )
