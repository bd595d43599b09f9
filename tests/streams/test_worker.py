"""The worker's process: what goes in comes out once counted, killed or not (invariants 1 and 2)."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nilometer.schemas import wire
from nilometer.schemas.keys import create_key
from nilometer.schemas.publisher import Outgoing, Publisher
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import RawSpan, Usage
from nilometer.schemas.topics import TopicName, topic_name
from nilometer.streams.tail import partitions, read_to_end, reader
from tests.streams.processes import Service, until
from tests.support.tansu import consume, tansu

WORKER = {"NILOMETER_WORKER__SESSION_TIMEOUT_SECONDS": "6", "NILOMETER_WORKER__BATCH_RECORDS": "3"}
SECRET = "Please call Maria Gonzalez at maria.gonzalez@example.com"


def span(trace: int, number: int) -> RawSpan:
    return RawSpan(
        trace_id=f"{trace + 1:032x}",
        span_id=f"{number + 1:016x}",
        name="chat gpt-4o",
        operation="chat",
        provider="openai",
        request_model="gpt-4o",
        feature="support",
        started_at=datetime.now(UTC),
        ended_at=datetime.now(UTC),
        usage=Usage(input_tokens=10, output_tokens=5),
        input_messages=[{"role": "user", "parts": [{"type": "text", "content": SECRET}]}],
    )


def send(settings: Settings, bodies: Sequence[bytes]) -> None:
    """Batches, over the partitions in turn, sealed with a key that is new: a running worker learns it."""
    key = create_key(settings.keys_directory())
    partitions = settings.topics.partitions
    sealed = [wire.seal(body, wire.NATIVE, key, settings.environment) for body in bodies]
    publisher = Publisher(settings, threading.Event())
    outgoing = [
        Outgoing("raw", wire.Message(one.value, one.headers, partition=i % partitions)) for i, one in enumerate(sealed)
    ]
    assert publisher.deliver(outgoing) == []


def batch(trace: int, spans: int = 5) -> bytes:
    return wire.encode_jsonl([span(trace, number) for number in range(spans)])


def read(settings: Settings, name: TopicName, count: int, timeout: float = 60) -> list[dict[str, Any]]:
    return [json.loads(one.value) for one in consume(settings, name, count, timeout)]


def counted(settings: Settings) -> int:
    return sum(cell["calls"] for rollup in rollups(settings) for cell in rollup.get("cells", []))


def rollups(settings: Settings) -> list[dict[str, Any]]:
    return everything(settings, "rollups")


def everything(settings: Settings, name: TopicName) -> list[dict[str, Any]]:
    """All that a topic holds now."""
    topic = topic_name(settings.environment, name)
    consumer = reader(settings, "test")
    try:
        starts = dict.fromkeys(partitions(consumer, topic), 0)
        found = read_to_end(consumer, topic, starts, embedded=settings.broker.embedded)
        return [json.loads(message.value() or b"") for message in found]
    finally:
        consumer.close()


def test_sealed_batches_become_masked_priced_events_dead_letters_and_rollups(tmp_path: Path) -> None:
    with tansu(tmp_path) as settings:
        bad = b'{"type": "span", "trace_id": "no", "secret": "maria.gonzalez@example.com"}\n'
        send(settings, [batch(0), batch(1) + bad, batch(2)])
        with Service(settings, "worker-1", "worker", "--name", "worker-1", **WORKER) as worker:
            events = read(settings, "events", 15)
            [letter] = read(settings, "dead", 1)
            until(lambda: counted(settings) == 15)
            assert len({event["event_id"] for event in events}) == 15
            assert {event["cost"] for event in events} == {"0.000075"}
            assert {event["masked"]["EMAIL_ADDRESS"] for event in events} == {1}
            assert (letter["step"], letter["source"]["partition"], letter["source"]["index"]) == ("decode", 1, 5)
            assert {r["incarnation"] for r in rollups(settings)} == {settings.broker.incarnation}
            dimensions = {tuple(cell["dimensions"].items()) for r in rollups(settings) for cell in r["cells"]}
            assert dimensions == {(("feature", "support"), ("provider", "openai"), ("request_model", "gpt-4o"))}
            assert worker.stop() == 0
            assert not worker.ready_file.exists()
            assert list(worker.folder.iterdir()) == [], "Faust leaves nothing where it was started"
            told = worker.log.read_text() + worker.out.read_text() + json.dumps([events, letter])
        assert "maria" not in told.lower()
        assert worker.out.read_text() == ""


def test_killed_in_the_middle_nothing_is_lost_and_every_call_is_counted_once(tmp_path: Path) -> None:
    with tansu(tmp_path) as settings:
        batches = 120
        send(settings, [batch(trace) for trace in range(batches)])
        with Service(settings, "worker-1", "worker", "--name", "worker-1", **WORKER) as worker:
            read(settings, "events", 60)
            worker.kill()
            assert counted(settings) < 5 * batches, "killed in the middle"
            worker.start()
            until(lambda: counted(settings) >= 5 * batches, 90)
            # A resend, as an SDK does that did not hear the answer: told again, not counted again.
            send_again = [batch(trace) for trace in range(batches - 4, batches)]
            send(settings, [*send_again, batch(batches)])
            until(lambda: counted(settings) >= 5 * (batches + 1))
            assert worker.stop() == 0
        assert counted(settings) == 5 * (batches + 1)
        seen: dict[int, int] = {}
        for rollup in rollups(settings):
            assert rollup["first_offset"] == seen.get(rollup["partition"], -1) + 1, "no gap and no overlap"
            seen[rollup["partition"]] = rollup["last_offset"]
        events = {one["event_id"] for one in everything(settings, "events")}
        assert len(events) == 5 * (batches + 1)
