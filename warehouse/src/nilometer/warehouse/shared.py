"""A catalog on Postgres, shared by several machines: how to connect to it, and how its writers take turns."""

import contextlib
import re
import zlib
from collections.abc import Generator

import duckdb

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Settings
from nilometer.warehouse.extensions import load, quote

PREFIX = "postgres:"
SECRET = "nilometer"  # noqa: S105  its name
_PASSWORD = re.compile(r"(?i)\bpassword\s*=|://[^/@\s]*:[^/@\s]*@")


def connection_string(settings: Settings) -> str:
    """What libpq connects with, from `postgres:dbname=… host=… user=…`. Raises ConfigurationError."""
    catalog = settings.warehouse.catalog or ""
    if not catalog.startswith(PREFIX):
        raise ConfigurationError(f"warehouse.catalog: must begin with `{PREFIX}`, e.g. `postgres:dbname=lake host=db`")
    if _PASSWORD.search(catalog):
        raise ConfigurationError(
            "warehouse.catalog: holds a password, which error messages could show; "
            "set warehouse.catalog_password or catalog_password_file"
        )
    return catalog.removeprefix(PREFIX)


def schema(settings: Settings) -> str:
    """The Postgres schema of the environment's catalog: environments in one database do not touch."""
    return f"nilometer_{settings.environment.replace('-', '_')}"


def prepare(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Loads what a connection needs; returns DuckLake's ATTACH options. The password is in no SQL text."""
    load(connection, "postgres_scanner")
    options = [f"METADATA_SCHEMA {quote(schema(settings))}"]
    password = settings.warehouse.secret()
    if password is not None:
        connection.execute(f"CREATE SECRET {SECRET} (TYPE postgres, PASSWORD ?)", [password])
        options.append(f"META_SECRET {quote(SECRET)}")
    return options


class AdvisoryLock:
    """One lock for all writers of a lake, wherever they are; Postgres frees it when its holder's connection ends.

    It is taken in a session of its own: the transaction of the holder's rows must begin after it has the lock.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._key = zlib.crc32(f"nilometer/{settings.environment}".encode())

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        try:
            connection.execute("BEGIN")
            connection.execute("CALL postgres_execute('turns', ?)", [f"SELECT pg_advisory_xact_lock({self._key})"])
            yield
            connection.execute("ROLLBACK")
        except BaseException:
            # Whatever the session's state is: closing it frees the lock.
            self._connection = None
            connection.close()
            raise

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        prepare(connection, self._settings)
        secret = f", SECRET {SECRET}" if self._settings.warehouse.secret() is not None else ""
        connection.execute(f"ATTACH {quote(connection_string(self._settings))} AS turns (TYPE postgres{secret})")
        return connection
