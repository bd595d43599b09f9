"""Writing to the lake: rows and Kafka offsets in one transaction, each event once."""

import contextlib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from nilometer.schemas.alert import Alert
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.event import Event
from nilometer.schemas.settings import Settings
from nilometer.warehouse import duplicates
from nilometer.warehouse.catalog import Catalog, WarehouseError, patient, transact
from nilometer.warehouse.extensions import instant, quote
from nilometer.warehouse.housekeeping import merge_small
from nilometer.warehouse.rows import TABLES, arrow, by_table, storable

ARRIVING = ("spans", "span_details")
"""Tables whose rows know when they were written, for a trace to know whether more is to be expected."""


MARK_ROWS = 10_000
"""After so many spans of instrumentations the duplicates among them are marked: what queries look at until then."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class OffsetKey(NamedTuple):
    """What a Kafka offset belongs to. `cluster` is `nilometer.schemas.broker.cluster_id`."""

    cluster: str
    topic: str
    partition: int


@dataclass(frozen=True, kw_only=True)
class Written:
    """How many rows were new, per table, and how many were there already or twice in the batch."""

    spans: int = 0
    feedback: int = 0
    scores: int = 0
    span_details: int = 0
    alerts: int = 0
    dead_letters: int = 0
    audit: int = 0
    duplicates: int = 0
    refused: int = 0
    """Events that no table can hold; each is among the dead letters."""

    @property
    def rows(self) -> int:
        """All new rows."""
        return self.events + self.alerts + self.dead_letters + self.audit

    @property
    def events(self) -> int:
        """New spans, feedback, scores and span details."""
        return self.spans + self.feedback + self.scores + self.span_details


class Writer:
    """A connection that writes. Several, in several processes, take turns; one is for one thread.

    `clock` says when rows arrive. Without one they came from a file, which holds all there is of their traces.

    Raises ConfigurationError, WarehouseError; BusyError where the catalog stays locked.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] | None = utc_now) -> None:
        self._catalog = Catalog(settings)
        self._clock = clock
        self._window = timedelta(days=settings.loader.dedup_window_days)
        self._environment = settings.environment
        self._connection = self._catalog.connect()
        self._unmarked = MARK_ROWS
        """Spans since the last marks: at the first ones, those that others have left are marked as well."""
        self._last: dict[OffsetKey, int] = {}
        """The offsets that the lake has, of the partitions that this writer has written."""

    def write(
        self,
        events: Sequence[Event] = (),
        *,
        alerts: Sequence[Alert] = (),
        dead_letters: Sequence[DeadLetter] = (),
        audits: Sequence[AuditEntry] = (),
        offsets: Mapping[OffsetKey, int] | None = None,
    ) -> Written:
        """All or nothing: rows that are not there yet, and the offsets to read next. Durable when it returns."""
        given = [*events, *alerts, *dead_letters, *audits]
        tables, refused = self._tables(given)
        if not tables and not offsets:
            return Written()
        with self._catalog.lock():
            try:
                try:
                    new = patient(lambda: self._transaction(tables, offsets or {}))
                except duckdb.CatalogException:
                    # Retention has moved inlined rows to files beneath this connection, which still looks for them.
                    self._connection.close()
                    self._connection = self._catalog.connect()
                    new = patient(lambda: self._transaction(tables, offsets or {}))
            except duckdb.Error as error:
                raise WarehouseError(f"nothing was written: {_complaint(error)}") from None
            self._last.update(offsets or {})
            self._mark(tables.get("spans"))
        return Written(**new, duplicates=len(given) - sum(new.values()), refused=len(refused))

    def _mark(self, spans: pa.Table | None) -> None:
        """Marks duplicates once enough spans of instrumentations have come. No mark is needed: they save time."""
        if spans is None:
            return
        self._unmarked += spans.num_rows - spans["scope"].null_count
        if self._unmarked < MARK_ROWS:
            return
        with contextlib.suppress(duckdb.Error):
            patient(lambda: transact(self._connection, duplicates.mark))
            self._unmarked = 0

    def offsets(self, cluster: str, topics: Iterable[str] | None = None) -> dict[OffsetKey, int]:
        """The next offset of each partition of a cluster's topics (of all, without `topics`) that was ever loaded."""
        rows = patient(
            lambda: self._connection.execute(
                "SELECT topic, partition, max(next_offset) FROM store.offsets "  # noqa: S608
                f"WHERE cluster = {quote(cluster)} GROUP BY ALL"
            ).fetchall()
        )
        wanted = None if topics is None else set(topics)
        return {
            OffsetKey(cluster, topic, partition): offset
            for topic, partition, offset in rows
            if wanted is None or topic in wanted
        }

    def merge_small_files(self) -> None:
        """Merges what many small commits have left; now and then, for those who commit often."""
        with self._catalog.lock():
            patient(lambda: merge_small(self._connection))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tables(self, rows: Sequence[Any]) -> tuple[dict[str, pa.Table], list[DeadLetter]]:
        """What is to be inserted, with a dead letter for each event that cannot be."""
        tables: dict[str, pa.Table] = {}
        refused: list[DeadLetter] = []
        for table, unique in by_table(rows).items():
            try:
                tables[table] = arrow(table, unique)
            except ValueError:
                good, bad = storable(table, unique)
                refused += [self._refusal(row) for row in bad]
                if good:
                    tables[table] = arrow(table, good)
        if refused:
            letters = arrow("dead_letters", refused)
            tables["dead_letters"] = pa.concat_tables([t for t in (tables.get("dead_letters"), letters) if t])
        return tables, refused

    def _refusal(self, row: Any) -> DeadLetter:
        source = Coordinates(source=f"event {row.event_id}")
        return DeadLetter(
            event_id=dead_letter_id(source, "", "publish"),
            step="publish",
            error_type="not_storable",
            message="a number beyond 64 bits, an amount beyond DECIMAL(38, 18), or text that is not Unicode",
            source=source,
            environment=self._environment,
            failed_at=datetime.now(UTC),
        )

    def _transaction(self, tables: Mapping[str, pa.Table], offsets: Mapping[OffsetKey, int]) -> dict[str, int]:
        def insert(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
            new = {name: self._insert(connection, name, batch) for name, batch in tables.items()}
            for key, offset in offsets.items():
                if offset < self._last.get(key, offset + 1):
                    # The highest one counts: a topic that was made anew begins again below it.
                    place = f"({quote(key.cluster)}, {quote(key.topic)}, {key.partition})"
                    connection.execute(
                        f"DELETE FROM store.offsets WHERE (cluster, topic, partition) = {place} "  # noqa: S608
                        f"AND next_offset > {offset}"
                    )
            if offsets:
                with _registered(connection, _offsets_table(offsets)):
                    connection.execute("INSERT INTO store.offsets BY NAME SELECT * FROM batch")
            return new

        return transact(self._connection, insert)

    def _insert(self, connection: duckdb.DuckDBPyConnection, name: str, batch: pa.Table) -> int:
        """Inserts the rows whose ids are not there within the window, and returns how many."""
        _, _, when = TABLES[name]
        times = pc.min_max(batch[when]).as_py()  # pyright: ignore[reportAttributeAccessIssue]
        low, high = _instant(times["min"], -self._window), _instant(times["max"], self._window)
        arrived = "" if self._clock is None or name not in ARRIVING else f", {instant(self._clock())} AS arrived_at"
        with _registered(connection, batch):
            row = connection.execute(
                f"""
                INSERT INTO store.{name} BY NAME
                SELECT *{arrived} FROM batch WHERE event_id NOT IN (
                    SELECT event_id FROM store.{name} WHERE {when} BETWEEN {low} AND {high}
                )
                """  # noqa: S608  the names are ours
            ).fetchone()
        return int(row[0]) if row else 0


@contextlib.contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, batch: pa.Table) -> Generator[None]:
    """The table under the name `batch`."""
    connection.register("batch", batch)
    try:
        yield
    finally:
        connection.unregister("batch")


def _offsets_table(offsets: Mapping[OffsetKey, int]) -> pa.Table:
    return pa.table(
        {
            "cluster": [key.cluster for key in offsets],
            "topic": [key.topic for key in offsets],
            "partition": [key.partition for key in offsets],
            "next_offset": list(offsets.values()),
        }
    )


def _instant(time: datetime, move: timedelta) -> str:
    """A SQL literal of the time moved, as far as there are times."""
    try:
        return instant(time + move)
    except OverflowError:
        return "TIMESTAMPTZ '-infinity'" if move < timedelta(0) else "TIMESTAMPTZ 'infinity'"


def _complaint(error: duckdb.Error) -> str:
    """What DuckDB says, where it speaks of files and the catalog; only the kind where it may quote a row."""
    speaks = isinstance(error, duckdb.IOException | duckdb.TransactionException | duckdb.OutOfMemoryException)
    return str(error) if speaks else type(error).__name__
