"""The same processes on real Apache Kafka: two workers, one of them killed, and the alert at the end of it."""

import contextlib
import json
import threading

import pytest

from nilometer.schemas import topics, wire
from nilometer.schemas.broker import admin_client
from nilometer.schemas.keys import create_key
from nilometer.schemas.publisher import Outgoing, Publisher
from nilometer.schemas.settings import Settings
from tests.streams.processes import Service, until
from tests.streams.test_notifier import Hooks
from tests.streams.test_worker import WORKER, batch, counted, everything, read, rollups, send
from tests.support.tansu import consume

RULES = {"rules": [{"name": "busy", "metric": "calls_per_minute", "above": "10", "by": ["feature"]}]}
SETTINGS = WORKER | {"NILOMETER_DETECTOR": json.dumps(RULES)}


@pytest.mark.kafka
def test_two_workers_one_killed_and_the_alert_reaches_a_webhook(kafka_settings: Settings) -> None:
    settings = kafka_settings
    admin = admin_client(settings)
    topics.apply(admin, settings, topics.plan(admin, settings))
    create_key(settings.keys_directory())
    batches = 100
    hooks = Hooks([503])

    def service(name: str, module: str, *arguments: str) -> Service:
        return Service(settings, name, module, *arguments, **SETTINGS)

    workers = [service(name, "worker", "--name", name) for name in ("worker-1", "worker-2")]
    with hooks.serve() as url:
        notifier = Service(settings, "notifier", "notify", NILOMETER_NOTIFIER__WEBHOOKS=json.dumps([url]))
        with service("detector", "detector") as detector, notifier, workers[0], workers[1]:
            send(settings, [batch(trace) for trace in range(batches)])
            read(settings, "events", 50)
            workers[0].kill()
            until(lambda: counted(settings) >= 5 * batches, 90)
            until(lambda: len(hooks.taken) == 1)
            [alert] = [json.loads(one.value) for one in consume(settings, "alerts", 1)]
            assert (alert["rule"], alert["dimensions"]) == ("busy", {"feature": "support"})
            assert hooks.taken == [alert["event_id"]]
            assert [one.stop() for one in (detector, notifier, workers[1])] == [0, 0, 0]
    assert counted(settings) == 5 * batches
    seen: dict[int, int] = {}
    for rollup in rollups(settings):
        assert rollup["first_offset"] == seen.get(rollup["partition"], -1) + 1, "no gap and no overlap"
        seen[rollup["partition"]] = rollup["last_offset"]
    events = everything(settings, "events")
    assert len({event["event_id"] for event in events}) == 5 * batches


@pytest.mark.kafka
def test_workers_join_and_leave_while_one_partition_is_full_and_every_call_is_counted_once(
    kafka_settings: Settings,
) -> None:
    """What a worker has read and not begun goes to whoever has the partition next; in good order, nobody is killed."""
    settings = kafka_settings
    admin = admin_client(settings)
    topics.apply(admin, settings, topics.plan(admin, settings))
    key = create_key(settings.keys_directory())
    partitions = settings.topics.partitions
    publisher = Publisher(settings, threading.Event())
    sent: list[int] = []
    enough = threading.Event()

    def publish() -> None:
        """Ever more than is worked on: large batches to the last partition, small ones to all."""
        while not enough.wait(0.01):
            trace = len(sent)
            place, spans = (trace % partitions, 5) if trace % 3 else (partitions - 1, 100)
            one = wire.seal(batch(trace, spans), wire.NATIVE, key, settings.environment)
            assert publisher.deliver([Outgoing("raw", wire.Message(one.value, one.headers, partition=place))]) == []
            sent.append(spans)

    workers = [Service(settings, f"worker-{n}", "worker", "--name", f"worker-{n}", **WORKER) for n in (1, 2)]
    publishing = threading.Thread(target=publish, daemon=True)
    with workers[0], contextlib.ExitStack() as later:
        publishing.start()
        for change in (
            lambda: later.enter_context(workers[1]),
            workers[0].stop,
            workers[0].start,
            workers[1].stop,
            workers[1].start,
        ):
            before = counted(settings)
            until(lambda before=before: counted(settings) >= before + 500, 90)
            assert change() != 1, "a stop in good order"
        enough.set()
        publishing.join()
        until(lambda: counted(settings) >= sum(sent), 180)
        assert [worker.stop() for worker in workers] == [0, 0]
    assert counted(settings) == sum(sent)
    seen: dict[int, int] = {}
    for rollup in rollups(settings):
        assert rollup["first_offset"] == seen.get(rollup["partition"], -1) + 1, "no gap and no overlap"
        seen[rollup["partition"]] = rollup["last_offset"]
    assert len({event["event_id"] for event in everything(settings, "events")}) == sum(sent)
