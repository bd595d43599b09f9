"""Figures as the tables of a report: what is shown, what is summed up as the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from nilometer.warehouse.reports import charts, text
from nilometer.warehouse.reports.figures import TOP, Figures, Row

_SUMS = ("calls", "errors", "unpriced", "cost", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class Costs:
    """The dearest rows, and all others as one row per currency."""

    rows: list[Row]
    rest: list[Row]
    left_out: int


def costs(rows: Sequence[Row], currencies: Sequence[str]) -> Costs:
    """The first TOP rows; rows of the report's first currency come before others, for amounts do not compare."""
    rank = {currency: i for i, currency in enumerate(currencies)}
    ordered = sorted(rows, key=lambda row: rank.get(row["currency"], len(rank)))
    shown, others = ordered[:TOP], ordered[TOP:]
    rest = [
        {"currency": currency} | {name: _sum([row[name] for row in group]) for name in _SUMS}
        for currency, group in ((c, list(g)) for c, g in groupby(others, key=lambda row: row["currency"]))
    ]
    return Costs(shown, rest, len(others))


@dataclass(frozen=True)
class Features:
    """Cost per feature, a piece of the bar per model; `legend` says which colour is which."""

    bars: list[charts.Bar]
    legend: list[tuple[str, str]]


def features(figures: Figures) -> Features:
    """Bars of the report's first currency; features without a known cost have none, and say so."""
    currency = figures.currency
    rows = [row for row in figures.by_feature_and_model if row["currency"] in (currency, None)]
    models: dict[Any, Decimal] = {}
    by_feature: dict[Any, list[Row]] = {}
    for row in rows:
        by_feature.setdefault(row["feature"], []).append(row)
        if row["cost"] is not None:
            models[row["model"]] = models.get(row["model"], Decimal(0)) + row["cost"]
    ranked = sorted(models, key=lambda model: (-models[model], text.name(model)))
    style = charts.styles(ranked)
    dearest = sorted(by_feature, key=lambda f: (-(_sum([r["cost"] for r in by_feature[f]]) or 0), text.name(f)))
    bars = charts.bars([_feature(name, by_feature[name], style, ranked, currency) for name in dearest[:TOP]])
    legend = [(style[model], text.name(model)) for model in ranked[: charts.SERIES]]
    if len(ranked) > charts.SERIES:
        legend.append(("rest", f"{len(ranked) - charts.SERIES} other models"))
    return Features(bars, legend)


def _feature(
    name: Any, rows: list[Row], style: dict[Any, str], ranked: list[Any], currency: str | None
) -> tuple[str, list[tuple[str, str, float]], str]:
    cost = {row["model"]: row["cost"] for row in rows if row["cost"] is not None}
    pieces = [
        (style[model], f"{text.name(model)}: {text.money(cost[model], currency)}", float(cost[model]))
        for model in ranked
        if model in cost
    ]
    said = text.money(_sum(list(cost.values())), currency)
    unpriced = sum(row["unpriced"] for row in rows)
    if unpriced and cost:
        said += f" + {unpriced:,} unpriced"
    return text.name(name), pieces, said


@dataclass(frozen=True)
class ScoreRow:
    """One score by one evaluator: how many were good, as far as that can be told."""

    name: str
    evaluator: str
    scored: int
    known: int
    rate: str
    """Of what is known, the share that is good; the mean where nobody says which way is good."""
    meaning: str
    bar: charts.Bar
    labels: str


def scores(rows: Sequence[Row]) -> list[ScoreRow]:
    found: list[ScoreRow] = []
    for (name, evaluator), group in groupby(rows, key=lambda row: (row["name"], row["evaluator"])):
        labels = list(group)
        scored, known = (sum(row[key] for row in labels) for key in ("scored", "known"))
        total = sum(row["total"] or 0 for row in labels)
        better = next((row["better"] for row in labels if row["better"] in ("higher", "lower")), None)
        good = known - total if better == "lower" else total
        share = [
            ("good", "good", good),
            ("bad", "not good", known - good),
            ("unknown", "unknown", float(scored - known)),
        ]
        found.append(
            ScoreRow(
                name=text.name(name),
                evaluator=text.name(evaluator),
                scored=scored,
                known=known,
                rate=text.percent(good, known) if better else text.number(total / known if known else None),
                meaning="good" if better else "mean",
                bar=charts.bars([(text.name(name), share if better else [], "")])[0],
                labels=", ".join(f"{text.name(row['label'])} {row['scored']:,}" for row in labels),
            )
        )
    return found


def _sum(values: Sequence[Any]) -> Any:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None
