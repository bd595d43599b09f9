"""Spans a second through real worker processes: from the topic `raw` to the topic `events`.

    uv run python bench/worker.py                       # embedded broker
    uv run python bench/worker.py --broker HOST:PORT    # any Kafka

Three cases, each with one and with two workers: `cached` sends texts that the workers have masked before, as agents do
that resend their history; `unique` sends texts that nobody has seen; `mixed` two of the first for one of the second.
The clock runs from sending to the last rollup, with the workers warm and waiting.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Consumer
from harness import Measurement, parser, report

from nilometer.schemas import topics, wire
from nilometer.schemas.broker import admin_client
from nilometer.schemas.keys import ensure_keys
from nilometer.schemas.publisher import Outgoing, Publisher
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.schemas.span import RawSpan, Usage
from nilometer.streams.counted import decode_rollup
from nilometer.streams.tail import partitions, read_to_end, reader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support.tansu import tansu

READY_SECONDS = 180
_TEXT = "the order was sent on Monday and has not arrived please check what happened to it my name is not on the list"
WORDS = _TEXT.split()


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--broker", metavar="HOST:PORT", help="a Kafka to use (default: an embedded broker)")
    options.add_argument("--spans", type=int, default=5_000, help="a round (default: %(default)s)")
    options.add_argument("--batch", type=int, default=50, help="spans a record (default: %(default)s)")
    options.add_argument("--characters", type=int, default=400, help="of each span's text (default: %(default)s)")
    arguments = options.parse_args()
    random_ = random.Random(7)
    found: list[Measurement] = []
    for workers in (1, 2):
        with _settings(arguments.broker) as settings, _workers(settings, workers):
            bench = _Bench(settings, arguments.spans, arguments.batch)
            same = _texts(random_, 50, arguments.characters)
            bench.round([same[i % len(same)] for i in range(arguments.spans)])
            rounds: dict[str, Callable[[], Sequence[str]]] = {
                "cached": lambda same=same: [same[i % len(same)] for i in range(arguments.spans)],
                "unique": lambda: _texts(random_, arguments.spans, arguments.characters),
                "mixed": lambda same=same: [
                    text if i % 3 == 0 else same[i % len(same)]
                    for i, text in enumerate(_texts(random_, arguments.spans, arguments.characters))
                ],
            }
            seconds: dict[str, list[float]] = {name: [] for name in rounds}
            for _ in range(arguments.runs):
                for name, texts in rounds.items():
                    sealed = bench.seal(texts())
                    started = time.perf_counter()
                    bench.send(sealed)
                    seconds[name].append(time.perf_counter() - started)
            found += [
                Measurement(f"{name}, {workers} worker{'s'[: workers - 1]}", arguments.spans, "spans", took)
                for name, took in seconds.items()
            ]
    found.sort(key=lambda m: m.name)
    report("worker", found, json_path=arguments.json)
    return 0


class _Bench:
    """Sends spans and waits until they are counted."""

    def __init__(self, settings: Settings, spans: int, batch: int) -> None:
        self._settings = settings
        self._spans = spans
        self._batch = batch
        self._key = ensure_keys(settings)
        self._publisher = Publisher(settings, threading.Event())
        self._topic = topics.topic_name(settings.environment, "rollups")
        self._rollups: Consumer = reader(settings, "bench")
        starts = dict.fromkeys(partitions(self._rollups, self._topic), 0)
        for _ in read_to_end(self._rollups, self._topic, starts, embedded=settings.broker.embedded):
            pass
        self._number = 0

    def round(self, texts: Sequence[str]) -> None:
        self.send(self.seal(texts))

    def seal(self, texts: Sequence[str]) -> list[Outgoing]:
        spans = [self._span(text) for text in texts]
        bodies = [wire.encode_jsonl(spans[i : i + self._batch]) for i in range(0, len(spans), self._batch)]
        many = self._settings.topics.partitions
        sealed = [wire.seal(body, wire.NATIVE, self._key, self._settings.environment) for body in bodies]
        return [Outgoing("raw", wire.Message(m.value, m.headers, partition=i % many)) for i, m in enumerate(sealed)]

    def send(self, sealed: Sequence[Outgoing]) -> None:
        self._publisher.deliver(sealed)
        counted = 0
        while counted < self._spans:
            message = self._rollups.poll(0.1)
            rollup = None if message is None or message.error() is not None else decode_rollup(message)
            counted += sum(cell.calls for cell in rollup.cells) if rollup is not None else 0

    def _span(self, text: str) -> RawSpan:
        self._number += 1
        now = datetime.now(UTC)
        return RawSpan(
            trace_id=f"{self._number // 10 + 1:032x}",
            span_id=f"{self._number:016x}",
            name="chat gpt-4o",
            operation="chat",
            provider="openai",
            request_model="gpt-4o",
            feature="support",
            started_at=now,
            ended_at=now,
            usage=Usage(input_tokens=100, output_tokens=20),
            input_messages=[{"role": "user", "parts": [{"type": "text", "content": text}]}],
        )


def _texts(random_: random.Random, count: int, characters: int) -> list[str]:
    """Sentences with a name and an e-mail address in some of them."""
    made: list[str] = []
    for _ in range(count):
        words = [random_.choice(WORDS) for _ in range(characters // 5)]
        if random_.random() < 0.3:
            words.insert(3, f"Anna{random_.randrange(10**6)}@example.com")
        made.append(" ".join(words)[:characters])
    return made


@contextmanager
def _settings(broker: str | None) -> Generator[Settings]:
    """Settings for a broker whose topics are there and empty."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        if broker is None:
            yield stack.enter_context(tansu(Path(folder), Settings(home=home)))
            return
        environment = f"bench-{os.getpid()}-{random.randrange(10**6)}"
        settings = Settings(home=home, environment=environment, broker=BrokerSettings(bootstrap_servers=broker))
        admin = admin_client(settings)
        topics.apply(admin, settings, topics.plan(admin, settings))
        try:
            yield settings
        finally:
            for done in admin.delete_topics([topic.name for topic in topics.topics(settings)]).values():
                done.result(30)


@contextmanager
def _workers(settings: Settings, count: int) -> Generator[None]:
    """So many workers, all ready and with their share of the partitions."""
    ensure_keys(settings)
    broker = settings.broker
    environment = os.environ | {
        "NILOMETER_HOME": str(settings.home),
        "NILOMETER_ENVIRONMENT": settings.environment,
        "NILOMETER_BROKER__BOOTSTRAP_SERVERS": broker.bootstrap_servers or "",
        "NILOMETER_BROKER__EMBEDDED": json.dumps(broker.embedded),
        "NILOMETER_BROKER__INCARNATION": broker.incarnation,
    }
    names = [f"worker-{number + 1}" for number in range(count)]
    command = [sys.executable, "-m", "nilometer.streams.worker", "--name"]
    processes = [subprocess.Popen([*command, name], env=environment, stderr=subprocess.DEVNULL) for name in names]
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not all((settings.run_directory() / f"{name}.ready").exists() for name in names):
            assert time.monotonic() < deadline, "the workers do not get ready"
            assert all(process.poll() is None for process in processes), "a worker ended"
            time.sleep(0.1)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


if __name__ == "__main__":
    raise SystemExit(main())
