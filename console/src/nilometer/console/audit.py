"""Word of what a person did with this command, for the audit table."""

import getpass
import secrets
from datetime import UTC, datetime
from typing import Literal

from confluent_kafka import KafkaException, Producer

from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.broker import cluster_id, find_broker, producer_config
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import encode

FLUSH_SECONDS = 5.0


def entry(
    settings: Settings,
    action: str,
    target: str,
    details: dict[str, str] | None = None,
    outcome: Literal["allowed", "denied", "failed"] = "allowed",
) -> AuditEntry:
    return AuditEntry(
        event_id=secrets.token_hex(16),
        at=datetime.now(UTC),
        actor=_actor(),
        action=action,
        target=target,
        outcome=outcome,
        environment=settings.environment,
        details=details or {},
    )


def record(settings: Settings, act: AuditEntry) -> None:
    """Puts it on the topic `audit`; without a broker, straight into the warehouse."""
    try:
        connected = find_broker(settings)
        cluster_id(connected, timeout=FLUSH_SECONDS)
        producer = Producer(producer_config(connected, **{"message.timeout.ms": int(FLUSH_SECONDS * 1000)}))
        message = encode(act, settings.environment)
        failed: list[object] = []

        def delivered(error: object, _message: object) -> None:
            if error is not None:
                failed.append(error)

        producer.produce(
            topic_name(settings.environment, "audit"),
            message.value,
            key=message.key,
            headers=[*message.headers],
            on_delivery=delivered,
        )
        if producer.flush(FLUSH_SECONDS) == 0 and not failed:
            return
    except (BrokerError, KafkaException, BufferError):
        pass
    from nilometer.warehouse.writer import Writer

    with Writer(settings) as writer:
        writer.write(audits=[act])


def _actor() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
