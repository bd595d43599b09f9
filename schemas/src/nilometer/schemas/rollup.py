"""Rollups: mergeable counts of one-second windows, from which alert state can be rebuilt at any time."""

import math
from datetime import datetime
from decimal import Decimal

import msgspec

SECRET_KIND = "secret_kind"  # noqa: S105  a name
"""The dimension of cells that count secrets."""
SKETCH_GAMMA = 1.02
"""Growth of a latency bucket: quantiles are within (γ-1)/(γ+1) = 1 % (DDSketch, Masson et al., VLDB 2019)."""


class Cell(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Counts of the calls that started in one second and share all dimensions."""

    second: int
    """Unix time of the window's start, in seconds (event time)."""
    dimensions: dict[str, str]
    calls: int = 0
    errors: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    secrets: int = 0
    """How many secrets masking found, of the kind that the dimension `secret_kind` names. Cells with that dimension
    count nothing else, and calls are no events of theirs: secrets are found in tools' spans and feedback as well."""
    latency: dict[int, int] = {}
    """Bucket → calls. Bucket i holds latencies in (γ^(i-1), γ^i] milliseconds; calls without a latency are in none."""


class Rollup(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one batch of one input partition added to the counts.

    One message holds a whole batch, so that its offset range and its counts become visible together: a worker that
    starts again reads its partition's last rollup and skips what that one already counted.
    """

    topic: str
    partition: int
    first_offset: int
    last_offset: int
    """Inclusive."""
    published_at: datetime
    incarnation: str = ""
    """Which life of the broker the offsets belong to; only the embedded broker, which forgets, has several."""
    cells: list[Cell] = []


def latency_bucket(milliseconds: float) -> int:
    """The sketch's bucket of a latency in milliseconds; all below a microsecond share one."""
    return math.ceil(math.log(max(milliseconds, 1e-3), SKETCH_GAMMA))


def latency_quantile(latency: dict[int, int], q: float) -> float | None:
    """The q-quantile (0 ≤ q ≤ 1) in milliseconds, None of an empty sketch."""
    total = sum(latency.values())
    if not total:
        return None
    rank = q * (total - 1)
    seen = 0
    bucket = 0
    for bucket in sorted(latency):
        seen += latency[bucket]
        if seen > rank:
            break
    return 2 * SKETCH_GAMMA**bucket / (SKETCH_GAMMA + 1)
