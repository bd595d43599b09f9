"""The installation that canaries are planted in: settings with everything switched on, sinks, a `nilometer up`."""

import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from nilometer.schemas.broker import find_broker
from nilometer.schemas.settings import DIMENSIONS, Settings, load_settings
from tests.canary.sinks import Sinks
from tests.console.command import Up, nilometer, up

OWN_SECRETS = ("forward-header-Zq81LmN0pX", "webhook-path-7Hd2kQw9Rt", "mail-password-3fGh5Jk8Vb")
"""Ours, not planted: what Nilometer needs to reach others, and must tell nobody else."""
CORE_SIGNALS = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV)
"""Deaths, the latter of which leave a core dump where nobody forbids it."""


@dataclass
class Site:
    """What lasts over several runs of `nilometer up` in one home, and the one that runs."""

    directory: Path
    sinks: Sinks
    settings: Settings = field(init=False)
    up: Up = field(init=False)
    http: str = ""
    grpc: str = ""
    key: str = ""
    """An API key with all scopes."""
    key_id: str = ""
    said: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Who, and what: commands, answers of the gateway, logs of applications, outputs of `up`."""
    deaths: int = 0

    def __post_init__(self) -> None:
        self.home = self.directory / "home"
        self.inputs = self.directory / "inputs"
        """Where files for backfill are made: not a place of Nilometer's."""
        self.temporary = self.directory / "tmp"
        self.config = self.directory / "nilometer.toml"
        for folder in (self.inputs, self.temporary):
            folder.mkdir(parents=True)
        self.ports = [_free_port(), _free_port()]
        self.set()

    @property
    def environment(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temporary)}

    def set(self, masking: str = "") -> None:
        """Writes the settings, with these of masking."""
        self.config.write_text(_settings(self.sinks, self.ports, masking), encoding="utf-8")

    @contextlib.contextmanager
    def running(self) -> Generator[None]:
        """`nilometer up`, which ends in good order."""
        with _heard(self.said), up(self.home, "--config", str(self.config), extra=self.environment) as running:
            self.up = running
            self.settings = find_broker(load_settings(self.config, home=self.home))
            where: dict[str, Any] = json.loads((self.settings.run_directory() / "gateway.json").read_text())
            self.http, self.grpc = where["http"], where["grpc"]
            if not self.key:
                self._make_key()
            yield
            ended = running.end(signal.SIGINT)
            self.said.append(("output of up", running.said().encode()))
            assert ended == 0, "up did not end well"

    def kill(self, name: str) -> None:
        """A death of one of the processes, and on with it: `up` starts another."""
        pid = self.up.pid_of(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, CORE_SIGNALS[self.deaths % len(CORE_SIGNALS)])
                self.deaths += 1

    def post(
        self,
        path: str,
        content: bytes,
        content_type: str,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> httpx.Response:
        """With our key, unless `headers` have another."""
        sent = {"content-type": content_type, "x-api-key": self.key} | dict(headers or {})
        with httpx.Client(base_url=self.http, timeout=60, trust_env=False) as client:
            answer = client.request(method, path, content=content, headers=sent)
        self.said.append(("answers of the gateway", answer.content + str(answer.headers).encode()))
        return answer

    def look_at_metrics(self) -> None:
        """The pages that Prometheus reads."""
        pages = [f"{self.http}/metrics", *(f"http://127.0.0.1:{port}/metrics" for port in self.ports)]
        for page in pages:
            answer = httpx.get(page, headers={"x-api-key": self.key}, trust_env=False, timeout=30)
            assert answer.status_code == 200, page
            self.said.append(("metrics", answer.content))

    def run(self, *arguments: str | Path, stdin: str | None = None, extra: Mapping[str, str] | None = None) -> int:
        """A command; what it says is kept."""
        done = nilometer(
            *arguments,
            "--home",
            self.home,
            "--config",
            self.config,
            stdin=stdin,
            extra=self.environment | dict(extra or {}),
        )
        self.said.append((f"command {arguments[0]}", (done.stdout + done.stderr).encode()))
        return done.returncode

    def _make_key(self) -> None:
        scopes = [word for scope in ("ingest", "read", "admin") for word in ("--scope", scope)]
        done = nilometer("keys", "api", "create", "canaries", *scopes, "--home", self.home, "--config", self.config)
        made: dict[str, str] = json.loads(done.stdout)
        self.key, self.key_id = made["key"], made["key_id"]


def _settings(sinks: Sinks, ports: list[int], masking: str) -> str:
    """Everything that sends, shows or counts is switched on, and alerts have every dimension."""
    header, path, password = OWN_SECRETS
    rules = "\n".join(
        f'[[detector.rules]]\nname = "by-{name.replace("_", "-")}"\nmetric = "calls_per_minute"\nabove = 0\n'
        f'by = ["{name}"]\n'
        for name in DIMENSIONS
        if name != "trace_id"
    )
    destinations = "\n".join(
        f'[[forward.destinations]]\nname = "{name}"\nendpoint = "{endpoint}"\nprotocol = "{protocol}"\nlogs = true\n'
        f'attempts = 2\nheaders = {{ "x-secret" = "{header}" }}\n'
        for name, endpoint, protocol in (
            ("http", sinks.http, "http/protobuf"),
            ("grpc", sinks.grpc, "grpc"),
            ("refusing", f"{sinks.http}/refuse", "http/protobuf"),
        )
    )
    mail = f"mailto://bot:{password}@{sinks.mail}/?from=bot@example.com&to=oncall@example.com&mode=insecure&format=text"
    return f"""
[gateway]
require_key = true
[collector]
enabled = true
metrics_port = {ports[0]}
[forward]
metrics_port = {ports[1]}
{destinations}
[notifier]
webhooks = ["{sinks.http}/hook/{path}", "{sinks.http}/refuse/{path}"]
apprise = ["{mail}"]
attempts = 2
{rules}
[masking]
{masking}
"""


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class _Heard(logging.Handler):
    """What an application with our SDK finds in its own log."""

    def __init__(self, said: list[tuple[str, bytes]]) -> None:
        super().__init__(logging.DEBUG)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(("log of the application", self.format(record).encode("utf-8", "surrogatepass")))


@contextlib.contextmanager
def _heard(said: list[tuple[str, bytes]]) -> Generator[None]:
    handler, logger = _Heard(said), logging.getLogger("nilometer")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
