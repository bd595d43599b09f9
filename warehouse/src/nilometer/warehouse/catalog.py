"""The lake: where it is, how to connect to it, for writing or for reading."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import duckdb

from nilometer.schemas.errors import ConfigurationError, NilometerError
from nilometer.schemas.settings import Settings
from nilometer.warehouse import dictionary, migrate, shared
from nilometer.warehouse.extensions import load, quote
from nilometer.warehouse.locks import file_lock

LAKE = "lake"
"""The lake's name in our connections."""
INLINE_ROWS = 20
"""Inserts of up to so many rows stay in the catalog until retention flushes them to files (decision 0041)."""
PATIENCE_SECONDS = 60.0

T = TypeVar("T")


class WarehouseError(NilometerError):
    """The warehouse cannot do what was asked. Quotes SQL's complaint, which may hold names but no stored values."""


class BusyError(WarehouseError):
    """Another process held the catalog for too long."""

    transient = True


class LakeMissingError(WarehouseError):
    """There is no lake yet; for this module only, which makes one."""


class Catalog:
    """One environment's lake: DuckLake on SQLite under the home, or on Postgres (`warehouse.catalog`).

    The first connection creates the lake, or brings its tables and views up to date.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.directory = (settings.home / "warehouse" / settings.environment).absolute()
        self.data_path = Path(settings.warehouse.data_path or self.directory / "data").absolute()
        self._file = self.directory / "catalog.sqlite"
        self._turns = None if self.embedded else shared.AdvisoryLock(settings)
        if "://" in (settings.warehouse.data_path or ""):
            raise ConfigurationError("warehouse.data_path: object stores are not supported yet; give a folder")

    @contextlib.contextmanager
    def lock(self) -> Generator[None]:
        """Held while writing: whoever drops duplicates must see all that was written before."""
        with file_lock(self.directory / "writer.lock"), self._turns.held() if self._turns else contextlib.nullcontext():
            yield

    def connect(self, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        """A connection with the lake attached and in use. Raises ConfigurationError, WarehouseError."""
        if self.embedded and not self._file.exists():
            self._upgrade()
        try:
            connection = self._attach(read_only=read_only)
        except LakeMissingError:
            self._upgrade()
            return self._attach(read_only=read_only)
        if not patient(lambda: migrate.pending(connection)):
            return connection
        connection.close()
        self._upgrade()
        return self._attach(read_only=read_only)

    def _upgrade(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data_path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.lock(), contextlib.closing(self._attach(create=True)) as connection:
            patient(lambda: migrate.upgrade(connection))

    def _attach(self, *, read_only: bool = False, create: bool = False) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            config={
                # Their signature takes 50 ms each to check; like all of the environment's native code they came with
                # wheels whose hashes the installer has checked.
                "allow_unsigned_extensions": "true",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": self.settings.warehouse.memory_limit,
                "temp_directory": str(self.directory / "tmp"),
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            # DuckDB would draw one on standard output, among what programs read there.
            connection.execute("SET enable_progress_bar = false")
            for name, seconds in self.settings.traces.model_dump().items():
                # The view `trace_states` reads them; a number is not worth a parameter's import of pandas.
                connection.execute(f"SET VARIABLE traces_{name} = {float(seconds)!r}")
            load(connection, "ducklake")
            options = [f"DATA_PATH {quote(str(self.data_path) + '/')}", f"DATA_INLINING_ROW_LIMIT {INLINE_ROWS}"]
            if not create:
                options.append("CREATE_IF_NOT_EXISTS false")
            if read_only:
                options.append("READ_ONLY")
            if not self.embedded:
                options += shared.prepare(connection, self.settings)
            else:
                load(connection, "sqlite_scanner")
                if not read_only:
                    # Else a reader that asks all the time keeps a writer out for good.
                    options.append("META_JOURNAL_MODE 'WAL'")
            source = quote(f"ducklake:{self._source()}")
            try:
                patient(lambda: connection.execute(f"ATTACH {source} AS {LAKE} ({', '.join(options)})"))
            except duckdb.Error as error:
                if "creating a new DuckLake is explicitly disabled" in str(error):
                    raise LakeMissingError("there is no lake yet") from None
                raise WarehouseError(f"cannot open the warehouse: {error}") from None
            connection.execute(f"USE {LAKE}")
        except BaseException:
            connection.close()
            raise
        return connection

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection with the analysts' views, a comment on every column. It sees each new commit.

        It can read the lake's files and nothing else; its configuration is locked.
        """
        connection = self.connect(read_only=True)
        try:
            dictionary.mirror(connection, LAKE)
            connection.execute(f"SET allowed_directories = [{quote(str(self.data_path) + '/')}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def embedded(self) -> bool:
        """Whether the catalog is the file under the home, and its lock therefore covers all writers."""
        return self.settings.warehouse.catalog is None

    @property
    def made(self) -> bool:
        """Whether there is a lake already; of a shared catalog that is not known before it is opened."""
        return not self.embedded or self._file.exists()

    def bytes_on_disk(self) -> int:
        """What data and embedded catalog take on this machine."""
        files = {*self.data_path.rglob("*"), *self.directory.glob("catalog.sqlite*")}
        return sum(_size(file) for file in files)

    def shrink(self) -> None:
        """Gives the embedded catalog's free pages back, and so forgets the rows that lay in them. Needs the lock."""
        if not self.embedded:
            return
        with contextlib.closing(sqlite3.connect(self._file, timeout=PATIENCE_SECONDS)) as catalog:
            try:
                catalog.execute("VACUUM")
            except sqlite3.OperationalError as error:
                raise BusyError(f"the catalog could not be shrunk: {error}") from None

    def _source(self) -> str:
        if self.embedded:
            return f"sqlite:{self._file}"
        return shared.PREFIX + shared.connection_string(self.settings)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:
        return 0


def patient(act: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Does it, again and again while the catalog's database is locked. Raises BusyError after `seconds`."""
    deadline = time.monotonic() + seconds
    wait = 0.01
    while True:
        try:
            return act()
        except duckdb.Error as error:
            if "database is locked" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise BusyError(f"the catalog has been locked for {seconds:.0f} s") from None
        time.sleep(wait)
        wait = min(wait * 2, 0.5)


def transact(connection: duckdb.DuckDBPyConnection, act: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
    """Does it in a transaction: all of it or nothing."""
    connection.execute("BEGIN")
    try:
        done = act(connection)
        connection.execute("COMMIT")
    except BaseException:
        # A failed COMMIT has rolled back already.
        with contextlib.suppress(duckdb.TransactionException):
            connection.execute("ROLLBACK")
        raise
    return done
