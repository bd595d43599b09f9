"""From a body to the broker's word: unpacked, looked at, sealed, delivered."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from nilometer.producers.gateway import events, otlp
from nilometer.producers.gateway.delivery import Delivery
from nilometer.producers.gateway.door import Room
from nilometer.producers.gateway.inflate import Limits, inflate
from nilometer.producers.gateway.metrics import BYTES, HEAVY, ITEMS
from nilometer.producers.gateway.otlp import Piece, Taken
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import Signal
from nilometer.producers.lanes import Lanes
from nilometer.schemas import wire
from nilometer.schemas.errors import WireError
from nilometer.schemas.keys import FreshKey, SealingKey
from nilometer.schemas.settings import Settings

T = TypeVar("T")


class Intake:
    """What HTTP and gRPC share. Bodies are worked on in threads, so that the event loop goes on answering."""

    def __init__(self, settings: Settings, delivery: Delivery, threads: int) -> None:
        """Raises KeyUnavailableError."""
        self._settings = settings
        self._delivery = delivery
        self._limits = Limits.of(settings.gateway)
        self._pool = ThreadPoolExecutor(threads, "gateway")
        self._key = FreshKey(settings)
        self._lanes = Lanes(settings.topics.heavy_trace_items)

    async def otlp(
        self, signal: Signal, body: bytes, encoding: str, room: Room, *, json: bool, project: str | None
    ) -> Taken:
        """One export request. Raises RefusedError."""

        def take(plain: bytes) -> Taken:
            return otlp.take(signal, plain, self._settings, json=json, lanes=self._lanes)

        content_type = wire.OTLP_JSON if json else wire.OTLP_PROTOBUF
        extra = {wire.SIGNAL_HEADER: signal.name}
        if project is not None:
            extra[wire.PROJECT_HEADER] = project
        return await self._through(signal.name, body, encoding, room, take, content_type, extra)

    async def events(self, body: bytes, encoding: str, room: Room, form: events.Form, *, project: str | None) -> Taken:
        """Native events. Raises RefusedError."""

        def take(plain: bytes) -> Taken:
            return events.take(plain, form, self._settings, project)

        return await self._through("events", body, encoding, room, take, wire.NATIVE, {})

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def _through(
        self,
        name: str,
        body: bytes,
        encoding: str,
        room: Room,
        take: Callable[[bytes], Taken],
        content_type: str,
        extra: dict[str, str],
    ) -> Taken:
        plain = body
        if encoding not in ("", "identity"):
            # What it may grow to is not known yet; what it has grown to is counted from then on.
            plain = await self._work(lambda: inflate(body, encoding, self._limits))
            room.grow(max(0, len(plain) - len(body)))
        key = self._key.get()

        def work() -> tuple[Taken, list[wire.Message]]:
            taken = take(plain)
            return taken, self._seal(taken.pieces, content_type, key, extra)

        taken, records = await self._work(work)
        if records:
            await self._delivery.deliver(records)
        ITEMS.labels(name, "accepted").inc(taken.accepted)
        ITEMS.labels(name, "rejected").inc(taken.rejected)
        BYTES.labels(name).inc(sum(len(piece.body) for piece in taken.pieces))
        HEAVY.set(self._lanes.heavy)
        return taken

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _seal(
        self, pieces: Sequence[Piece], content_type: str, key: SealingKey, extra: dict[str, str]
    ) -> list[wire.Message]:
        environment = self._settings.environment
        partitions = self._delivery.partitions
        sealed: list[wire.Message] = []
        for piece in pieces:
            headers = {**extra, wire.ITEMS_HEADER: str(piece.items)}
            try:
                message = wire.seal(piece.body, content_type, key, environment, extra=headers)
            except WireError as error:
                raise RefusedError(Kind.too_large, str(error)) from None
            sealed.append(replace(message, partition=self._lanes.partition(piece.heavy, partitions)))
        return sealed
