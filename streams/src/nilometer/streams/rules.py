"""What a rule measures in a window, and whether it holds there."""

from dataclasses import dataclass, field
from decimal import Decimal

from nilometer.schemas.rollup import SECRET_KIND, Cell, latency_quantile
from nilometer.schemas.settings import Rule


@dataclass
class Totals:
    """Counts of some calls. Adding and taking away are exact, so the order of cells changes nothing."""

    calls: int = 0
    errors: int = 0
    unpriced: int = 0
    tokens: int = 0
    secrets: int = 0
    cost: Decimal = Decimal(0)
    latency: dict[int, int] = field(default_factory=dict[int, int])

    def add(self, other: "Totals", sign: int = 1) -> None:
        """Adds, or with the sign -1 takes away."""
        self.calls += sign * other.calls
        self.errors += sign * other.errors
        self.unpriced += sign * other.unpriced
        self.tokens += sign * other.tokens
        self.secrets += sign * other.secrets
        self.cost += sign * other.cost
        for bucket, calls in other.latency.items():
            left = self.latency.get(bucket, 0) + sign * calls
            if left:
                self.latency[bucket] = left
            else:
                del self.latency[bucket]


def totals_of(cell: Cell, *, latency: bool = True) -> Totals:
    """A cell's counts; the sketch of latencies only where it is wanted, for it is the larger part."""
    return Totals(
        calls=cell.calls,
        errors=cell.errors,
        unpriced=cell.unpriced,
        tokens=cell.input_tokens + cell.output_tokens,
        secrets=cell.secrets,
        cost=cell.cost,
        latency=dict(cell.latency) if latency else {},
    )


def measure(rule: Rule, totals: Totals) -> Decimal | None:
    """The rule's metric over its window; None where the window has nothing to say, e.g. no calls to take a rate of.

    Rates are fractions of calls, latencies milliseconds, secrets how many in the window; the rest is per minute (cost
    in its currency).
    """
    match rule.metric:
        case "error_rate":
            return Decimal(totals.errors) / totals.calls if totals.calls else None
        case "unpriced_rate":
            return Decimal(totals.unpriced) / totals.calls if totals.calls else None
        case "latency_ms":
            quantile = latency_quantile(totals.latency, rule.quantile or 0)
            return None if quantile is None else Decimal(quantile)
        case "secrets_found":
            return Decimal(totals.secrets)
        case "calls_per_minute":
            amount = Decimal(totals.calls)
        case "tokens_per_minute":
            amount = Decimal(totals.tokens)
        case "cost_per_minute":
            amount = totals.cost
    return amount * 60 / rule.window_seconds


def holds(rule: Rule, totals: Totals) -> Decimal | None:
    """The measured value where the rule holds, else None."""
    if totals.calls < rule.minimum_calls and rule.metric != "secrets_found":
        return None
    value = measure(rule, totals)
    if value is None:
        return None
    if rule.above is not None:
        return value if value > rule.above else None
    return value if rule.below is not None and value < rule.below else None


def matches(rule: Rule, dimensions: dict[str, str]) -> bool:
    """Whether a cell counts for a rule. Those of secrets are for rules on secrets, and for no others: what only they
    have, such as a service that makes no calls, is no silence of calls."""
    if (rule.metric == "secrets_found") != (SECRET_KIND in dimensions):
        return False
    return all(dimensions.get(name) == value for name, value in rule.where.items())
