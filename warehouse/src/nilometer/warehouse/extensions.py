"""DuckDB's extensions, straight from the wheels that came with us: nothing is downloaded or copied to $HOME."""

import importlib.util
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from nilometer.schemas.errors import ConfigurationError

_DISTRIBUTION = {
    "ducklake": "duckdb-extension-ducklake",
    "sqlite_scanner": "duckdb-extension-sqlite-scanner",
    "postgres_scanner": "duckdb-extension-postgres-scanner",
}


def extension_file(name: str) -> Path:
    """Where the wheel put an extension for this version of DuckDB. Raises ConfigurationError."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for root in (spec.submodule_search_locations or []) if spec else []:
        file = Path(root) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    raise ConfigurationError(
        f"DuckDB's extension {name} is missing: install {_DISTRIBUTION[name]}=={duckdb.__version__}"
    )


def load(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Loads extensions into a connection, each straight from its wheel."""
    for name in names:
        connection.execute(f"LOAD {quote(str(extension_file(name)))}")


def instant(time: datetime) -> str:
    """A SQL literal of a time with a zone."""
    return f"TIMESTAMPTZ {quote(time.isoformat())}"


def interval(duration: timedelta) -> str:
    """A SQL literal of a duration."""
    return f"INTERVAL {quote(f'{duration.total_seconds():.6f} seconds')}"


def quote(text: str) -> str:
    """A SQL string literal. Our own names go in so: parameters make DuckDB import pandas, which takes a second."""
    return "'" + text.replace("'", "''") + "'"
