"""From figures to a page: what is said, in which order. How it looks is the template's and the style sheet's."""

import base64
import hashlib
from datetime import datetime
from functools import cache, partial
from importlib import resources
from typing import Any

import jinja2

from nilometer.warehouse.quality_result import QualityResult
from nilometer.warehouse.reports import charts, text
from nilometer.warehouse.reports.figures import TOP, Figures, Row
from nilometer.warehouse.reports.tables import costs, features, scores

Period = tuple[datetime | None, datetime | None]


def render(figures: Figures, environment: str, period: Period, quality: QualityResult | None, now: datetime) -> str:
    """The page. The same figures and the same time give the same bytes."""
    style = _file("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        environment=environment,
        now=now,
        since=period[0],
        until=period[1],
        style=style,
        style_hash=f"sha256-{digest}",
        figures=figures,
        totals=figures.totals,
        top=TOP,
        charts=_charts(figures) if figures.totals["calls"] else [],
        features=features(figures),
        feature_costs=costs(figures.by_feature_and_model, figures.currencies),
        user_costs=costs(figures.by_user, figures.currencies),
        latency=_latency(figures.by_model),
        scores=scores(figures.scores),
        masked=charts.bars(
            [
                (row["kind"], [("s0", row["kind"], float(row["found"]))], text.count(row["found"]))
                for row in figures.masked
            ]
        ),
        quality=quality,
    )


def _charts(figures: Figures) -> list[charts.Chart]:
    rows, bucket, currency = figures.over_time, figures.bucket, figures.currency
    times = [row["start"] for row in rows]
    column = partial(charts.columns, times=times, bucket=bucket)
    said = [f"{text.plural(row['unpriced'], 'call')} unpriced" if row["unpriced"] else None for row in rows]
    found: list[charts.Chart] = []
    if currency is not None:
        cost = [None if row["cost"] is None else float(row["cost"]) for row in rows]
        found.append(
            column(
                f"Cost per {bucket}",
                series=[("s0", currency, cost)],
                text=lambda v: f"{v:,.4g}",
                unknown=said,
            )
        )
    good = [float(row["calls"] - row["errors"]) for row in rows]
    bad = [float(row["errors"]) for row in rows]
    series = [("bad", "errors", bad), ("s2", "ok", good)]
    found.append(column(f"Calls per {bucket}", series=series, text=text.short))
    quantiles = [("s2", "p50", [row["p50"] for row in rows]), ("s1", "p95", [row["p95"] for row in rows])]
    found.append(charts.lines(f"Latency per {bucket}", times, quantiles, bucket, text.milliseconds))
    return found


def _latency(rows: list[Row]) -> list[tuple[Row, charts.Bar]]:
    """Models with a bar: to p50 in one shade, on to p95 in another."""
    drawn = charts.bars(
        [
            (
                text.name(row["model"]),
                [] if row["p95"] is None else [("s2", "p50", row["p50"]), ("s1", "to p95", row["p95"] - row["p50"])],
                "",
            )
            for row in rows[:TOP]
        ]
    )
    return list(zip(rows, drawn, strict=False))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_file),
    )
    filters: dict[str, Any] = {
        "count": text.count,
        "plural": text.plural,
        "short": text.short,
        "money": text.money,
        "ms": text.milliseconds,
        "number": text.number,
        "time": text.time,
        "name": text.name,
    }
    environment.filters.update(filters)
    environment.globals["percent"] = text.percent  # pyright: ignore[reportArgumentType]  its type names the defaults only
    return environment.get_template("page.html.j2")


def _file(name: str) -> str:
    return (resources.files("nilometer.warehouse.reports") / name).read_text(encoding="utf-8")
