"""The cost ledger: a call's first entry is what it was priced at; whoever prices again appends what that changes.

The first entry is part of the span's own row, so it can neither be lost nor come twice. Corrections are rows of
`store.cost_corrections`. The views `cost_entries` and `costs` show both; `calls.cost` is the sum.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
import pyarrow as pa

from nilometer.schemas.ids import event_id
from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog, WarehouseError, patient
from nilometer.warehouse.rows import MONEY, TEXT, TIME, money


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be added to the cost of one call."""

    event_id: str
    """The call's."""
    started_at: datetime
    """The call's."""
    amount: Decimal
    """New cost less the cost so far, in `currency`; negative where it had been too high. Kept to 10⁻¹⁸."""
    currency: str
    price_version: str
    """The price book that the new cost was computed with."""
    reason: str
    booked_at: datetime

    @property
    def correction_id(self) -> str:
        """The same for the same call, price book and reason: doing a re-pricing twice books it once."""
        return event_id("cost_correction", self.event_id, self.price_version, self.reason)


def append(settings: Settings, corrections: Sequence[Correction]) -> int:
    """Books corrections, all or none, and returns how many were new.

    Raises WarehouseError where a call is not in the lake or has a cost in another currency, ValueError of an amount
    that DECIMAL(38, 18) does not hold.
    """
    unique = {correction.correction_id: correction for correction in corrections}
    if not unique:
        return 0
    given = list(unique.values())
    batch = pa.table(
        {
            "correction_id": pa.array(unique, TEXT),
            "event_id": pa.array([c.event_id for c in given], TEXT),
            "started_at": pa.array([c.started_at for c in given], TIME),
            "amount": pa.array([money(c.amount) for c in given], MONEY),
            "currency": pa.array([c.currency for c in given], TEXT),
            "price_version": pa.array([c.price_version for c in given], TEXT),
            "reason": pa.array([c.reason for c in given], TEXT),
            "booked_at": pa.array([c.booked_at for c in given], TIME),
        }
    )
    catalog = Catalog(settings)
    with contextlib.closing(catalog.connect()) as connection, catalog.lock():
        connection.register("batch", batch)

        def book() -> int:
            unknown, foreign = connection.execute(_CHECK).fetchone() or (0, 0)
            if unknown:
                raise WarehouseError(f"{unknown} of {len(given)} calls to correct are not in the warehouse")
            if foreign:
                raise WarehouseError(f"{foreign} of {len(given)} corrections are not in the currency of their call")
            row = connection.execute(_INSERT).fetchone()
            return int(row[0]) if row else 0

        return patient(book)


_CHECK = """
SELECT
    count(*) FILTER (s.event_id IS NULL),
    count(*) FILTER (coalesce(s.currency, b.currency) <> b.currency)
FROM batch b LEFT JOIN main.spans s ON s.event_id = b.event_id AND s.started_at = b.started_at
"""
_INSERT = """
INSERT INTO store.cost_corrections BY NAME
SELECT * FROM batch WHERE correction_id NOT IN (SELECT correction_id FROM store.cost_corrections)
"""
