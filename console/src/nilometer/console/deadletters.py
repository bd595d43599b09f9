"""Dead letters of the warehouse: found, opened by whoever has the keys, and sent back."""

import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Producer

from nilometer.schemas.broker import producer_config
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.errors import BrokerError, ConfigurationError, KeyUnavailableError, WireError
from nilometer.schemas.keys import load_key_ring
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.streams.deadletters import no_original, reopen, unbury
from nilometer.warehouse.catalog import Catalog

FIELDS = 'event_id, step, error_type, message, source, partition, "offset", "index", environment, failed_at, attempts'
FLUSH_SECONDS = 30.0


@dataclass
class Retried:
    """What became of each."""

    sent: list[str] = field(default_factory=list[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Event id → why trying again would not help now."""


def find(
    settings: Settings, *, ids: list[str] | None = None, step: str | None = None, limit: int | None = None
) -> list[DeadLetter]:
    """The newest dead letters first. Raises ConfigurationError where one of `ids` is not there."""
    terms = ["environment = ?"]
    values: list[Any] = [settings.environment]
    if ids:
        terms.append(f"event_id IN ({', '.join('?' * len(ids))})")
        values += ids
    if step:
        terms.append("step = ?")
        values.append(step)
    bound = f"LIMIT {int(limit)}" if limit else ""
    query = f"SELECT {FIELDS}, original, headers FROM dead_letters WHERE {' AND '.join(terms)} "  # noqa: S608
    with closing(Catalog(settings).reader()) as connection:
        rows = connection.execute(f"{query} ORDER BY failed_at DESC, event_id {bound}", values).fetchall()
    found = [_letter(row) for row in rows]
    missing = sorted(set(ids or ()) - {letter.event_id for letter in found})
    if missing:
        raise ConfigurationError(f"no dead letter {missing[0]}: `nilometer dead list` shows them")
    return found


def reveal(settings: Settings, letter: DeadLetter) -> bytes:
    """The original in plain text. Raises KeyUnavailableError, WireError."""
    if not letter.original:
        raise no_original(letter)
    return unbury(letter, load_key_ring(settings), settings.environment, as_arrived=True)[0]


def retry(settings: Settings, letters: list[DeadLetter]) -> Retried:
    """Sends originals back to `raw`, where each ends as an event or as a new dead letter. Raises BrokerError."""
    ring = load_key_ring(settings)
    producer = Producer(producer_config(settings, **{"message.timeout.ms": int(FLUSH_SECONDS * 1000)}))
    done = Retried()
    failed: list[str] = []
    for letter in letters:
        try:
            record = reopen(letter, ring, settings.environment)
        except (KeyUnavailableError, WireError) as error:
            done.refused[letter.event_id] = str(error)
            continue

        def delivered(error: object, _message: object, identity: str = letter.event_id) -> None:
            (done.sent if error is None else failed).append(identity)

        headers: list[tuple[str, str | bytes | None]] = [(k, v.encode()) for k, v in record.headers.items()]
        producer.produce(topic_name(settings.environment, "raw"), record.value, headers=headers, on_delivery=delivered)
        producer.poll(0)
    if producer.flush(FLUSH_SECONDS) or failed:
        raise BrokerError(
            f"the broker took {len(done.sent)} of {len(letters)}: run it again, what is sent twice counts once"
        )
    return done


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    (event_id, step, error_type, message, source, partition, offset, index, environment, failed_at, attempts) = row[:11]
    original, headers = row[11:]
    return DeadLetter(
        event_id=event_id,
        step=step,
        error_type=error_type,
        message=message,
        source=Coordinates(source=source, partition=partition or 0, offset=offset or 0, index=index),
        environment=environment,
        failed_at=failed_at,
        original=original or b"",
        headers=(json.loads(headers) if isinstance(headers, str) else headers) or {},
        attempts=attempts or 1,
    )
