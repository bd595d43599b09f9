"""What the loader read from Kafka and has not written yet: decoded, counted, with the offsets to go on from."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from confluent_kafka import Message

from nilometer.schemas.alert import Alert
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.errors import KeyUnavailableError, WireError
from nilometer.schemas.keys import SealingKey, load_sealing_key
from nilometer.schemas.settings import MEBIBYTE, Settings
from nilometer.schemas.topics import TopicName, topic_name
from nilometer.schemas.wire import header_map, seal
from nilometer.warehouse import published
from nilometer.warehouse.writer import OffsetKey

TOPICS: tuple[TopicName, ...] = ("events", "alerts", "dead", "audit")
MAX_BYTES = 64 * MEBIBYTE
"""A batch is written when it holds so many bytes of messages, however few rows they are."""
PUBLISHED = "application/vnd.nilometer.published+json"
"""Content type of a sealed original that is a message of `events`, `alerts`, `dead` or `audit`."""

_ALERTS = msgspec.json.Decoder(Alert)
_LETTERS = msgspec.json.Decoder(DeadLetter)
_AUDITS = msgspec.json.Decoder(AuditEntry)


class Intake:
    """One batch. `add` messages until `full`, write its parts, and start a new one."""

    def __init__(self, settings: Settings, cluster: str) -> None:
        self.events: list[published.Published] = []
        self.alerts: list[Alert] = []
        self.dead_letters: list[DeadLetter] = []
        self.audits: list[AuditEntry] = []
        self.offsets: dict[OffsetKey, int] = {}
        """The next offset of each partition that was read."""
        self.unreadable = 0
        self._settings = settings
        self._cluster = cluster
        self._bytes = 0
        environment = settings.environment
        self._places: dict[str, tuple[Callable[[bytes], Any], list[Any]]] = {
            topic_name(environment, "events"): (published.decode, self.events),
            topic_name(environment, "alerts"): (_ALERTS.decode, self.alerts),
            topic_name(environment, "dead"): (_LETTERS.decode, self.dead_letters),
            topic_name(environment, "audit"): (_AUDITS.decode, self.audits),
        }

    def __bool__(self) -> bool:
        return bool(self.offsets)

    @property
    def full(self) -> bool:
        rows = len(self.events) + len(self.alerts) + len(self.dead_letters) + len(self.audits)
        return rows >= self._settings.loader.batch_rows or self._bytes >= MAX_BYTES

    def add(self, messages: Sequence[Message]) -> None:
        """Takes messages that are no errors. One that cannot be decoded becomes a dead letter, sealed."""
        for message in messages:
            topic, partition, offset = str(message.topic()), int(message.partition() or 0), int(message.offset() or 0)
            value = message.value() or b""
            self._bytes += len(value)
            decode, into = self._places[topic]
            try:
                into.append(decode(value))
            except (WireError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.unreadable += 1
                place = Coordinates(source=topic, partition=partition, offset=offset)
                self.dead_letters.append(self._refuse(place, value))
            self.offsets[OffsetKey(self._cluster, topic, partition)] = offset + 1

    def _refuse(self, place: Coordinates, value: bytes) -> DeadLetter:
        environment = self._settings.environment
        original, headers = b"", {}
        key = self._key()
        if key is not None:
            sealed = seal(value, PUBLISHED, key, environment)
            original, headers = sealed.value, header_map(sealed.headers)
        return DeadLetter(
            event_id=dead_letter_id(place, self._cluster, "publish"),
            step="publish",
            error_type="undecodable",
            message="the loader cannot decode this message: damaged, or of a newer version"
            + ("" if original else "; there is no public key to seal it with, so it stays in its topic only"),
            source=place,
            environment=environment,
            failed_at=datetime.now(UTC),
            original=original,
            headers=headers,
        )

    def _key(self) -> SealingKey | None:
        try:
            return load_sealing_key(self._settings)
        except (KeyUnavailableError, OSError):
            return None
