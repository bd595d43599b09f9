"""Audit entries: who did what, and what was denied."""

from datetime import datetime
from typing import Literal

import msgspec


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act on Nilometer itself. Details hold names and counts, never contents."""

    event_id: str
    at: datetime
    actor: str
    """A person, key id or process."""
    action: str
    """`noun.verb`, e.g. `topics.create`, `keys.retire`, `dead.retry`."""
    target: str
    outcome: Literal["allowed", "denied", "failed"] = "allowed"
    environment: str = ""
    details: dict[str, str] = {}
