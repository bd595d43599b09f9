"""The topics of an environment, and making them what they should be."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from nilometer.schemas.broker import reason
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LOOKS = 5
"""So often in a row new topics must be seen: each look may be answered by another broker."""

TopicName = Literal["raw", "events", "rollups", "alerts", "controls", "dead", "audit"]


@dataclass(frozen=True)
class Topic:
    """A topic as it should be."""

    name: str
    partitions: int
    config: dict[str, str]
    ours: bool = True
    """Else somebody else's that we read: made where it is missing, and left alone where it is there."""


@dataclass(frozen=True)
class Change:
    """One step of a plan. Steps of the kind `refuse` are shown and left to a person."""

    topic: str
    kind: Literal["create", "configure", "refuse"]
    what: str
    config: dict[str, str] = field(default_factory=dict[str, str])


def topic_name(environment: str, name: TopicName) -> str:
    return f"nilometer.{environment}.{name}"


def topics(settings: Settings) -> list[Topic]:
    """All topics of the environment. `rollups` has the partitions of `raw`, for each belongs to one of them.

    Those of a Collector are among them where it writes to our own Kafka: what they hold is not sealed, so it stays no
    longer than what is on `raw`.
    """
    many = settings.topics.partitions
    raw_ms = int(settings.topics.raw_retention_hours * HOUR_MS)
    collector = settings.collector
    collected = collector.topics() if collector.enabled and collector.elsewhere() is None else []

    def topic(name: TopicName, partitions: int, retention_ms: int | None) -> Topic:
        config = {"cleanup.policy": "compact" if retention_ms is None else "delete"}
        if retention_ms is not None:
            config["retention.ms"] = str(retention_ms)
        config["max.message.bytes"] = str(settings.topics.max_message_bytes)
        return Topic(topic_name(settings.environment, name), partitions, config)

    return [
        topic("raw", many, raw_ms),
        topic("events", many, 7 * DAY_MS),
        topic("rollups", many, DAY_MS),
        topic("alerts", 1, 30 * DAY_MS),
        topic("controls", 1, None),
        topic("dead", 1, 14 * DAY_MS),
        topic("audit", 1, 365 * DAY_MS),
        *(Topic(name, many, topic("raw", many, raw_ms).config, ours=False) for name in collected),
    ]


def plan(admin: AdminClient, settings: Settings, timeout: float = 10) -> list[Change]:
    """What differs between the broker and `topics(settings)`; empty when nothing does. Raises BrokerError."""
    try:
        known = admin.list_topics(timeout=timeout).topics
    except KafkaException as error:
        raise BrokerError(f"cannot read the topics: {reason(error, admin)}") from None
    changes: list[Change] = []
    there: list[Topic] = []
    for wanted in topics(settings):
        if wanted.name not in known:
            config = ", ".join(f"{k}={v}" for k, v in wanted.config.items())
            changes.append(Change(wanted.name, "create", f"create: {wanted.partitions} partitions, {config}"))
            continue
        if not wanted.ours:
            continue
        there.append(wanted)
        have = len(known[wanted.name].partitions)
        if have != wanted.partitions:
            # Keys would move, and the rollups of a partition must stay with it.
            what = f"has {have} partitions, not {wanted.partitions}: drain the topic and make it anew to change that"
            changes.append(Change(wanted.name, "refuse", what))
    # The embedded broker keeps no topic configuration.
    return changes if settings.broker.embedded else changes + _config_changes(admin, there, timeout)


def _config_changes(admin: AdminClient, there: list[Topic], timeout: float) -> list[Change]:
    resources = {topic.name: ConfigResource(ResourceType.TOPIC, topic.name) for topic in there}
    if not resources:
        return []
    found = {r.name: future for r, future in admin.describe_configs(list(resources.values())).items()}
    changes: list[Change] = []
    for topic in there:
        try:
            have = found[topic.name].result(timeout)
        except KafkaException as error:
            raise BrokerError(f"cannot read the configuration of {topic.name}: {reason(error, admin)}") from None
        config = {k: v for k, v in topic.config.items() if k in have and have[k].value != v}
        if config:
            what = ", ".join(f"{k}: {have[k].value} → {v}" for k, v in config.items())
            changes.append(Change(topic.name, "configure", what, config))
    return changes


def apply(admin: AdminClient, settings: Settings, changes: list[Change], timeout: float = 30) -> None:
    """Carries out a plan, but for what it refuses. What is there already stays as it is. Raises BrokerError."""
    wanted = {topic.name: topic for topic in topics(settings)}
    factor = 1 if settings.broker.embedded else settings.broker.replication_factor
    futures: dict[str, Any] = {}
    new = [wanted[c.topic] for c in changes if c.kind == "create"]
    if new:
        requests = [NewTopic(t.name, t.partitions, factor, config=t.config) for t in new]
        futures.update(admin.create_topics(requests, operation_timeout=timeout))
    for change in changes:
        if change.kind == "configure":
            resource = ConfigResource(ResourceType.TOPIC, change.topic)
            for name, value in change.config.items():
                resource.add_incremental_config(ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET))
            futures[change.topic] = next(iter(admin.incremental_alter_configs([resource]).values()))
    for name, future in futures.items():
        try:
            future.result(timeout)
        except KafkaException as error:
            # Somebody else was faster: what is wanted is there.
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise BrokerError(f"cannot change {name}: {reason(error, admin)}") from None
    if new:
        _settle(admin, settings, timeout)


def _settle(admin: AdminClient, settings: Settings, timeout: float) -> None:
    """Waits until new topics are known everywhere: the nodes of a cluster hear of them one after the other."""
    deadline = time.monotonic() + timeout
    in_a_row = 0
    while in_a_row < LOOKS:
        if time.monotonic() > deadline:
            raise BrokerError(f"the topics were created, but after {timeout:.0f} s not every broker knows them")
        try:
            unknown = any(change.kind == "create" for change in plan(admin, settings))
        except BrokerError:
            unknown = True
        in_a_row = 0 if unknown else in_a_row + 1
        if unknown:
            time.sleep(0.1)
