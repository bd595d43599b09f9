"""What recording costs the application's own thread: a call of a real conversation, against encoding it as JSON.

    uv run bench/publish.py                     # ../shared/data, where it is there, else a made-up conversation
    uv run bench/publish.py --json publish.json

The cases: nothing; the call's messages and reply as JSON (json, msgspec); a call recorded and kept in the queue (all
that the application's thread ever does); the same while the sender's thread seals what it takes, with a broker that
answers at once; and with a broker that is away, so that it goes to the spool. The queue has room for all of it.
Besides the clock, the CPU time of the application's own thread is shown: what a call pays, however busy the machine is.
"""

import dataclasses
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from harness import Measurement, measure, parser, report

from nilometer.producers import Nilometer, Sender
from nilometer.producers.encode import encode
from nilometer.producers.intake import Intake
from nilometer.producers.outlet import Done
from nilometer.producers.transport import Stats
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.event import RawEvent
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import ProducerSettings, Settings
from nilometer.schemas.wire import Message

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "tau_airline_gpt4o.jsonl"
ROOM = 1_000_000_000


class Queued:
    """What `put` does in the application's thread, and nobody at the other end: encode, and append under a lock."""

    def __init__(self) -> None:
        self._intake = Intake(ROOM, ROOM)

    def put(self, event: RawEvent) -> bool:
        data = encode(event)
        return data is not None and self._intake.put(data)

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float | None = None) -> bool:
        return True

    def stats(self) -> Stats:
        return Stats(accepted=self._intake.accepted)


class Answering:
    """A broker that has everything at once."""

    troubled = False

    def __init__(self) -> None:
        self._answers: list[Done] = []

    def send(self, message: Message, done: Done) -> None:
        self._answers.append(done)

    def partitions(self) -> int:
        return 1

    def poll(self, seconds: float) -> None:
        answers, self._answers = self._answers, []
        for done in answers:
            done("delivered", "")

    def close(self) -> None:
        self._answers.clear()

    def abandon(self) -> None:
        pass


def unreachable() -> Answering:
    raise BrokerError("away")


def conversations(limit: int) -> list[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """The input and the reply of each call."""
    if DATA.exists():
        records = [json.loads(line)["traj"] for line in DATA.read_text(encoding="utf-8").splitlines()]
    else:
        turn = [{"role": "user", "content": "Where is it? " * 20}, {"role": "assistant", "content": "There. " * 40}]
        records = [[{"role": "system", "content": "Policy. " * 700}, *(turn * 12)]] * 100
    calls = [
        (messages[:index], {"model": "gpt-4o", "choices": [{"message": message, "finish_reason": "stop"}]})
        for messages in records
        for index, message in enumerate(messages)
        if message["role"] == "assistant"
    ]
    return calls[:limit]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--calls", type=int, default=1_229, help="calls a round (default: %(default)s)")
    arguments = options.parse_args()
    calls = conversations(arguments.calls)
    with tempfile.TemporaryDirectory() as home:
        found = run(calls, Path(home), arguments.runs)
    report("publish: cost in the application's thread", found, baseline="json.dumps", json_path=arguments.json)


def run(calls: list[tuple[list[dict[str, Any]], dict[str, Any]]], home: Path, runs: int) -> list[Measurement]:
    def settings(name: str, **producer: Any) -> Settings:
        room = {"queue_max_events": ROOM, "queue_max_bytes": ROOM, "spool_max_bytes": ROOM}
        made = Settings(home=home / name, producer=ProducerSettings.model_validate(room | producer))
        create_key(made.keys_directory())
        return made

    def each(work: Callable[[list[dict[str, Any]], dict[str, Any]], object]) -> Callable[[], None]:
        def round_() -> None:
            for messages, reply in calls:
                work(messages, reply)

        return round_

    def recording(nm: Nilometer) -> Callable[[], None]:
        def work(messages: list[dict[str, Any]], reply: dict[str, Any]) -> None:
            with nm.call(provider="openai", model="gpt-4o", input_messages=messages, temperature=0) as call:
                call.respond(reply)

        return each(work)

    encoder = msgspec.json.Encoder()
    clients = {
        "record, queued only": Nilometer(settings("queued"), transport=Queued()),
        "record, broker answers": Nilometer(base := settings("answers"), transport=Sender(base, connect=Answering)),
        "record, broker away": Nilometer(base := settings("away"), transport=Sender(base, connect=unreachable)),
        "record, no contents": Nilometer(settings("bare", record_content=False), transport=Queued()),
    }
    cases: dict[str, Callable[[], object]] = {
        "nothing": each(lambda messages, reply: None),
        "json.dumps": each(lambda messages, reply: json.dumps([messages, reply]).encode()),
        "msgspec": each(lambda messages, reply: encoder.encode([messages, reply])),
    }
    cases |= {name: recording(client) for name, client in clients.items()}
    size = sum(len(encoder.encode(call)) for call in calls) // len(calls)
    own: dict[str, list[float]] = {name: [] for name in cases}

    def timed(name: str, work: Callable[[], object]) -> Callable[[], None]:
        def round_() -> None:
            start = time.thread_time()
            work()
            own[name].append(time.thread_time() - start)

        return round_

    found = measure(
        {name: timed(name, work) for name, work in cases.items()}, count=len(calls), unit="calls", runs=runs
    )
    for client in clients.values():
        assert "queue_full" not in client.stats().dropped
        client.close(0)
    base = statistics.median(own["json.dumps"])
    return [
        dataclasses.replace(
            m,
            details={
                "own thread's CPU µs a call": statistics.median(own[m.name]) / m.count * 1e6,
                "of json.dumps": statistics.median(own[m.name]) / base,
                "bytes a call": size,
            },
        )
        for m in found
    ]


if __name__ == "__main__":
    main()
