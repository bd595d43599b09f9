"""The stream worker: a thin Faust shell over `BatchProcessor`.

    python -m nilometer.streams.worker --name worker-1

One stateless agent reads sealed batches from `raw`; a record is acknowledged after everything that it became is
delivered. Faust's tables, its exactly-once mode and `stream.take` are not used: they lose or double records when a
worker is killed (see docs/decisions/0030).
"""

import argparse
import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

from faust.streams import Stream
from faust.types import TP, EventT, StreamT
from faust.worker import Worker as FaustWorker

from nilometer.schemas.broker import cluster_id, find_broker
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.keys import load_key_ring
from nilometer.schemas.publisher import Publisher, StoppedError
from nilometer.schemas.registry import register
from nilometer.schemas.service import announce_ready, exit_code, settle_memory, start_logging, withdraw_ready
from nilometer.schemas.settings import Settings, load_settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import ITEMS_HEADER, header_map
from nilometer.streams import chain
from nilometer.streams.app import App, make_app
from nilometer.streams.batch import BatchProcessor
from nilometer.streams.counted import last_counted
from nilometer.streams.items import Record
from nilometer.streams.transport import Consumer
from nilometer.streams.turns import Limits, Turns

_LOG = logging.getLogger("nilometer.streams.worker")
PAUSE_SECONDS = 1.0
STOP_SECONDS = 20.0
"""How long a stop may take; then the process ends as if killed."""
BYTES_AN_ITEM = 500
"""Sealed and compressed, for records that do not say how many items they hold."""


class Read(NamedTuple):
    """A record as Faust gave it, and as we take it."""

    event: EventT[bytes]
    record: Record


class Shell:
    """What the agent needs: the processor, a thread for it, and the word that we stop."""

    def __init__(self, settings: Settings, processor: BatchProcessor, stop: threading.Event) -> None:
        self._settings = settings
        self._processor = processor
        self._stop = stop
        worker = settings.worker
        limits = Limits(worker.batch_records, worker.batch_bytes, worker.batch_items, worker.batch_seconds)
        self._turns: Turns[Read] = Turns(limits)
        # One thread: the processor is not for several, and Faust's heartbeats go on beside it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batch")

    async def assign(self, partitions: frozenset[int]) -> None:
        # In the processor's own thread, so that it comes after the batch at hand.
        await asyncio.wrap_future(self._thread.submit(self._processor.assign, partitions))

    async def work(self, app: App, stream: Stream[bytes]) -> None:
        """The agent's body: reads, while a task works on what was read. It never raises on account of a record."""
        # It is we who say when a record is done.
        stream.enable_acks = False
        working = asyncio.create_task(self._work(app, stream))
        working.add_done_callback(_end_on_a_fault)
        try:
            async for event in cast("AsyncIterator[EventT[bytes]]", stream.events()):
                if self._is_ours(app, event):
                    record = record_of(event)
                    self._turns.add(event.message.partition, Read(event, record), len(record.value), items_of(record))
                else:
                    await self._drop(stream, [event])
        finally:
            working.cancel()

    async def _work(self, app: App, stream: Stream[bytes]) -> None:
        consumer = cast("Consumer", app.consumer)
        while not self._stop.is_set():
            batch = await self._turns.take()
            told = [(read, self._is_ours(app, read.event)) for read in batch]
            ours = [read for read, is_ours in told if is_ours]
            await self._drop(stream, [read.event for read, is_ours in told if not is_ours])
            if ours and not await self._handle([read.record for read in ours]):
                break
            for event, _ in ours:
                consumer.finish(event.message)
                await stream.ack(event)
        await self._drop(stream, [read.event for read in self._turns.clear()])

    def _is_ours(self, app: App, event: EventT[bytes]) -> bool:
        """Not where our partitions are being dealt anew, or were: whoever has them then reads it again."""
        return (
            not self._stop.is_set()
            and cast("Consumer", app.consumer).flow_active
            and event.message.generation_id == app.consumer_generation_id
        )

    async def _drop(self, stream: Stream[bytes], events: Sequence[EventT[bytes]]) -> None:
        """Nobody is to wait for them: they are acknowledged unfinished, which `Consumer.ack` does not count."""
        for event in events:
            await stream.ack(event)

    async def _handle(self, records: list[Record]) -> bool:
        """Whether all is delivered; what can pass is tried again until it does, or until we stop."""
        while not self._stop.is_set():
            try:
                await asyncio.wrap_future(self._thread.submit(self._processor.handle, records))
            except StoppedError:
                return False
            except BrokerError as error:
                _LOG.warning("cannot read what was counted: %s; trying again", error)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception as error:
                # Never the error's text: it may quote what it failed on. Whoever runs us starts us again.
                _LOG.critical("unexpected %s: a fault of Nilometer, please report it", type(error).__name__)
                os._exit(1)
            else:
                return True
        return False


def record_of(event: EventT[bytes]) -> Record:
    message = event.message
    source = Coordinates(source=message.topic, partition=message.partition, offset=message.offset)
    headers = message.headers.items() if isinstance(message.headers, Mapping) else message.headers
    return Record(message.value or b"", header_map(headers), source)


def items_of(record: Record) -> int:
    """How many items a record says that it holds; where it does not, a guess by its size."""
    said = record.headers.get(ITEMS_HEADER, "")
    known = said.isascii() and said.isdigit() and len(said) < 7
    return int(said) if known else 1 + len(record.value) // BYTES_AN_ITEM


def _end_on_a_fault(working: "asyncio.Task[None]") -> None:
    """Whoever runs us starts us again; without this task we would read for ever and do nothing."""
    if not working.cancelled() and (error := working.exception()) is not None:
        _LOG.critical("unexpected %s: a fault of Nilometer, please report it", type(error).__name__)
        os._exit(1)


class Process(FaustWorker):
    """Runs the app, with our logging and our word that we stop."""

    def __init__(self, app: App, stop: threading.Event) -> None:
        # Faust's own logging would print records; ours has libraries at WARNING, where they print places and types.
        super().__init__(app, quiet=True, override_logging=False, redirect_stdouts=False)
        self._stop = stop
        # It writes control characters even where there is no terminal.
        self.spinner = None

    def _on_sigterm(self) -> None:
        self._stop.set()
        # Faust waits for ever to commit to a broker that is gone. What is not acknowledged is read again.
        last = threading.Timer(STOP_SECONDS, os._exit, (1,))
        last.daemon = True
        last.start()
        super()._on_sigterm()

    _on_sigint = _on_sigterm


def run(settings: Settings, name: str) -> None:
    """Works until told to stop. Raises NilometerError where it cannot start, SystemExit at the end."""
    settings = find_broker(settings)
    stop = threading.Event()
    context = chain.make_context(settings, load_key_ring(settings), incarnation=cluster_id(settings))
    publisher = Publisher(settings, stop, register(settings))
    processor = BatchProcessor(
        settings,
        context,
        publisher,
        lambda partitions: last_counted(settings, partitions),
        lambda: load_key_ring(settings),
    )
    shell = Shell(settings, processor, stop)
    app = make_app(settings)
    topic = app.topic(
        topic_name(settings.environment, "raw"),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )

    async def mask_and_price(stream: StreamT[bytes]) -> None:
        await shell.work(app, cast("Stream[bytes]", stream))

    async def assigned(_app: App, assigned: set[TP], **_: Any) -> None:
        await shell.assign(frozenset(tp.partition for tp in assigned))
        announce_ready(settings, name)
        _LOG.info("%s has %d partitions", name, len(assigned))

    app.agent(topic)(mask_and_price)
    cast("Any", app.on_partitions_assigned).connect(assigned, weak=False)
    settle_memory()
    try:
        Process(app, stop).execute_from_commandline()
    finally:
        withdraw_ready(settings, name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nilometer.streams.worker", description="The stream worker.")
    parser.add_argument("--name", default="worker-1", help="the name that it is ready under, e.g. worker-1")
    chosen = parser.parse_args(arguments)
    start_logging()
    return exit_code(_LOG, lambda: run(load_settings(), chosen.name))


if __name__ == "__main__":
    raise SystemExit(main())
