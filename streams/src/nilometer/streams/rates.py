"""Rates: what the price book comes to for one price and one kind of usage, worked out once.

genai-prices takes apart its units of measure for every call, which takes longer than decoding one. Where a price is a
fixed amount a token, what it does comes to a sum of products. Such a sum is used only after it has given, digit for
digit, what the library gives for usage of the same kind; for tiers by size, and for what differs, the library is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import genai_prices
from genai_prices.types import ModelInfo, ModelPrice, Provider

from nilometer.schemas.span import Usage

Counts = tuple[int | None, int | None, int | None, int | None, int | None]
"""Tokens: input, output, cache read, cache write, reasoning; None where unknown."""

_PLACES = {
    "input_mtok": 0,
    "output_mtok": 1,
    "cache_read_mtok": 2,
    "cache_write_mtok": 3,
    "output_reasoning_mtok": 4,
}
_WITHIN = {"input_mtok": ("cache_read_mtok", "cache_write_mtok"), "output_mtok": ("output_reasoning_mtok",)}
"""What is a part of what, and is taken off it where it has a price of its own."""
_REQUESTS = "requests_kcount"
_PROBES: Sequence[tuple[int, int, int, int, int]] = (
    (1_000_003, 50_021, 100_003, 10_007, 7_001),
    (4_000_000, 1_000_000, 1_000, 20, 10),
    (5, 3, 1, 1, 1),
)


@dataclass(frozen=True, slots=True)
class Term:
    """`price` for each `per` of the tokens in one place, less those in others; or of one request."""

    price: Decimal
    per: int
    place: int | None
    less: tuple[int, ...] = ()
    constant: int = 0

    def amount(self, counts: Counts) -> Decimal:
        count = self.constant
        if self.place is not None:
            count = (counts[self.place] or 0) - sum(counts[place] or 0 for place in self.less)
        return self.price * count / self.per


Rates = tuple[Term, ...]
_KNOWN: dict[tuple[int, tuple[bool | None, ...]], tuple[ModelPrice, Rates | None]] = {}
"""By a price's identity and a kind of usage. The price is held, so that its identity stays its own."""
_MAX_KNOWN = 4_096


def counts_of(usage: Usage) -> Counts:
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    )


def total(provider: Provider, model: ModelInfo, at: datetime, counts: Counts) -> tuple[Decimal, ModelPrice]:
    """What a call costs that nothing but its usage sets apart, and the price that it was worked out with.

    Raises what genai-prices raises.
    """
    price = model.get_prices(at)
    kind = tuple(None if count is None else count > 0 for count in counts)
    known = _KNOWN.get((id(price), kind))
    if known is None:
        if len(_KNOWN) >= _MAX_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[id(price), kind] = price, _checked(provider, model, price, at, kind)
    rates = known[1]
    if rates is None:
        return ask(provider, model, at, counts)
    return _sum(rates, counts), price


def ask(
    provider: Provider, model: ModelInfo, at: datetime, counts: Counts, context: dict[str, str] | None = None
) -> tuple[Decimal, ModelPrice]:
    """The same from genai-prices itself."""
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "output_reasoning_tokens")
    usage = genai_prices.Usage(**dict(zip(names, counts, strict=True)))
    found = model.calc_price(usage, provider, genai_request_timestamp=at, price_context=context)
    return found.total_price, found.model_price


def _sum(rates: Rates, counts: Counts) -> Decimal:
    return sum((term.amount(counts) for term in rates), Decimal(0))


def _checked(
    provider: Provider, model: ModelInfo, price: ModelPrice, at: datetime, kind: tuple[bool | None, ...]
) -> Rates | None:
    rates = _rates(price)
    if rates is None:
        return None
    for probe in _PROBES:
        a, b, c, d, e = (None if is_there is None else n * is_there for n, is_there in zip(probe, kind, strict=True))
        counts = a, b, c, d, e
        try:
            amount, with_price = ask(provider, model, at, counts)
        except Exception:
            # It says so again for every call of this kind, and the caller knows what to make of it.
            return None
        if with_price is not price or str(amount) != str(_sum(rates, counts)):
            return None
    return rates


def _rates(price: ModelPrice) -> Rates | None:
    """The terms of a price; None where it depends on how much was used."""
    found: list[Term] = []
    priced = {name: value for name, value in vars(price).items() if value is not None}
    for name, value in priced.items():
        if not isinstance(value, Decimal):
            return None
        if name == _REQUESTS:
            found.append(Term(value, 1_000, None, constant=1))
        else:
            less = tuple(_PLACES[part] for part in _WITHIN.get(name, ()) if part in priced)
            # What we have no count of was not used.
            found.append(Term(value, 1_000_000, _PLACES.get(name), less))
    return tuple(found)
