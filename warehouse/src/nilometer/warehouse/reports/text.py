"""Figures as people read them. Unknown is a word, never a number."""

from datetime import datetime
from decimal import Decimal
from typing import Any

UNKNOWN = "unknown"


def count(value: int | None) -> str:
    """12345 → 12,345."""
    return UNKNOWN if value is None else f"{value:,}"


def plural(value: int, noun: str) -> str:
    """1 call, 2 calls."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def short(value: float | None) -> str:
    """A large count in short: 12345678 → 12.3 M."""
    if value is None:
        return UNKNOWN
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.3g} {unit}" if scaled < 999.5 else f"{scaled:.0f} {unit}"
    return f"{value:,.0f}"


def money(amount: Decimal | None, currency: str | None) -> str:
    """Two decimals, or for less than one as many as show three digits: USD 12.30, USD 0.00123."""
    if amount is None or currency is None:
        return UNKNOWN
    if amount == 0 or abs(amount) >= 1:
        return f"{currency} {amount:,.2f}"
    return f"{currency} {amount:.{2 - amount.adjusted()}f}"


def milliseconds(value: float | None) -> str:
    """830 ms, 2.41 s, 3 min 20 s."""
    if value is None:
        return UNKNOWN
    if value < 1_000:
        return f"{value:.0f} ms" if value >= 10 or value == 0 else f"{value:.2g} ms"
    if value < 120_000:
        return f"{value / 1_000:.3g} s"
    minutes, seconds = divmod(round(value / 1_000), 60)
    return f"{minutes} min {seconds} s"


def percent(part: float | None, whole: float | None) -> str:
    """A share; of nothing it is unknown."""
    if part is None or not whole:
        return UNKNOWN
    share = 100 * part / whole
    return f"{share:.0f} %" if share in (0, 100) else f"{share:.1f} %" if share >= 0.1 else "< 0.1 %"


def number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4g}"


def time(value: datetime | None) -> str:
    return UNKNOWN if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def name(value: Any) -> str:
    """A name that was given, or a word that none was."""
    return "(none)" if value is None or value == "" else str(value)
