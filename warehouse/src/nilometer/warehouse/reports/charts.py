"""The geometry of charts as SVG: pure functions from figures to marks. Colours and fonts are the style sheet's.

Lengths are in the units of the view box, 720 wide; y grows downwards.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nilometer.warehouse.reports.text import UNKNOWN

WIDTH = 720
HEIGHT = 210
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 14, 24
SERIES = 6
"""Colours there are; what is beyond goes into one more series, the rest."""
TICKS = 6


@dataclass(frozen=True)
class Mark:
    """A rectangle of a series, with the words that say what it is."""

    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Line:
    points: str
    series: str
    title: str


@dataclass(frozen=True)
class Chart:
    """What a template draws."""

    title: str
    height: float
    marks: list[Mark]
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    notes: list[Tick]
    """Signs above a column, at its middle: here something is not known."""
    legend: list[tuple[str, str]]
    """Series and its name."""


def columns(
    title: str,
    times: Sequence[datetime],
    series: Sequence[tuple[str, str, Sequence[float | None]]],
    bucket: str,
    text: Callable[[float], str],
    unknown: Sequence[str | None] = (),
) -> Chart:
    """Stacked columns over time; `series` are (style, name, values), `unknown` says per column what is not known."""
    totals = [sum(values[i] or 0 for _, _, values in series) for i in range(len(times))]
    top, y_ticks = _scale(max(totals, default=0), text)
    step = (WIDTH - LEFT - RIGHT) / max(len(times), 1)
    gap = min(step * 0.15, 4)
    marks: list[Mark] = []
    for i, at in enumerate(times):
        y = float(HEIGHT - BOTTOM)
        for style, name, values in series:
            value = values[i]
            if not value:
                continue
            height = value / top * (HEIGHT - TOP - BOTTOM)
            y -= height
            said = f"{when(at, bucket)}: {name} {text(value)}"
            marks.append(Mark(_r(LEFT + i * step + gap / 2), _r(y), _r(step - gap), _r(height), style, said))
    notes = [Tick(_r(LEFT + (i + 0.5) * step), said) for i, said in enumerate(unknown) if said]
    legend = [(style, name) for style, name, _ in series] if len(series) > 1 else []
    return Chart(title, HEIGHT, marks, [], _time_ticks(times, bucket, step), y_ticks, notes, legend)


def lines(
    title: str,
    times: Sequence[datetime],
    series: Sequence[tuple[str, str, Sequence[float | None]]],
    bucket: str,
    text: Callable[[float], str],
) -> Chart:
    """Lines over time, interrupted where a value is not known; a value alone is a dot."""
    top, y_ticks = _scale(max((v for _, _, values in series for v in values if v is not None), default=0), text)
    step = (WIDTH - LEFT - RIGHT) / max(len(times), 1)
    drawn: list[Line] = []
    marks: list[Mark] = []
    for style, name, values in series:
        run: list[str] = []
        for i, value in enumerate([*values, None]):
            if value is None:
                if len(run) > 1:
                    drawn.append(Line(" ".join(run), style, name))
                run = []
                continue
            x, y = LEFT + (i + 0.5) * step, HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)
            run.append(f"{_r(x)},{_r(y)}")
            said = f"{when(times[i], bucket)}: {name} {text(value)}"
            marks.append(Mark(_r(x - 2), _r(y - 2), 4, 4, style, said))
    legend = [(style, name) for style, name, _ in series]
    return Chart(title, HEIGHT, marks, drawn, _time_ticks(times, bucket, step), y_ticks, [], legend)


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: its name, its pieces, and what stands at its end."""

    name: str
    marks: list[Mark]
    text: str


def bars(
    rows: Sequence[tuple[str, Sequence[tuple[str, str, float]], str]], width: float = 100, height: float = 10
) -> list[Bar]:
    """Horizontal stacked bars on one scale, `width` units for the longest; `rows` are (name, pieces, text at the end),
    pieces (style, title, value)."""
    longest = max((sum(value for *_, value in pieces) for _, pieces, _ in rows), default=0) or 1
    found: list[Bar] = []
    for name, pieces, text in rows:
        x = 0.0
        marks: list[Mark] = []
        for style, title, value in pieces:
            length = value / longest * width
            marks.append(Mark(_r(x), 0, _r(length), height, style, title))
            x += length
        found.append(Bar(name, marks, text))
    return found


def when(at: datetime, bucket: str) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if bucket == "hour" else f"{'week of ' if bucket == 'week' else ''}{at:%Y-%m-%d}"


def _scale(largest: float, text: Callable[[float], str]) -> tuple[float, list[Tick]]:
    """A round upper end, and ticks at a quarter or a fifth of it."""
    if largest <= 0:
        return 1.0, [Tick(HEIGHT - BOTTOM, text(0))]
    raw = largest / 4
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw * (1 - 1e-9))
    many = math.ceil(largest / step - 1e-9)
    top = step * many
    inner = HEIGHT - TOP - BOTTOM
    return top, [Tick(_r(HEIGHT - BOTTOM - i / many * inner), text(i * step)) for i in range(many + 1)]


def _time_ticks(times: Sequence[datetime], bucket: str, step: float) -> list[Tick]:
    every = max(1, math.ceil(len(times) / TICKS))
    form = "%d %b %H:%M" if bucket == "hour" else "%d %b"
    return [Tick(_r(LEFT + (i + 0.5) * step), f"{times[i]:{form}}") for i in range(0, len(times), every)]


def _r(value: float) -> float:
    return round(value, 2)


def styles(names: Sequence[Any]) -> dict[Any, str]:
    """A style per name: the first SERIES have colours of their own, the rest share one."""
    return {name: f"s{i}" if i < SERIES else "rest" for i, name in enumerate(names)}


__all__ = ["UNKNOWN", "Bar", "Chart", "Line", "Mark", "Tick", "bars", "columns", "lines", "styles", "when"]
