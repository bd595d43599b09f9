"""`nilometer up`: the whole stack on this machine."""

import signal
import sys
import threading
from types import FrameType
from typing import Annotated

import typer
from rich.table import Table

from nilometer.console.cli import topics
from nilometer.console.cli.options import example, globals_of, settings_of
from nilometer.console.cli.output import console, say
from nilometer.console.errors import ExitCode
from nilometer.console.stack import Stack
from nilometer.schemas.settings import Settings

LOOK_SECONDS = 0.1


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example("nilometer up", "nilometer up --workers 2 --port 9092", "nilometer up --broker kafka:9092")
    )(up)


def up(
    context: typer.Context,
    broker: Annotated[
        str | None,
        typer.Option(help="HOST:PORT of a Kafka that is there; without it an embedded one starts.", show_default=False),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Stream workers [up.workers].", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="Of the embedded broker [any free one].", show_default=False),
    ] = None,
    gateway: Annotated[
        bool | None,
        typer.Option(
            "--gateway/--no-gateway",
            help="OpenTelemetry over HTTP and gRPC [up.gateway; ports 4318 and 4317, or free ones].",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Create missing topics on --broker without asking.")] = False,
) -> None:
    """Run everything: broker, stream worker(s), loader, detector, notifier and gateway, until Ctrl-C.

    The embedded broker keeps everything in memory: for trying out. With --broker (or broker.bootstrap_servers) an
    existing Kafka is used; topics are created there only after a plan was shown and agreed to.
    """
    settings = settings_of(context)
    if broker is not None:
        section = settings.broker.model_copy(update={"bootstrap_servers": broker, "embedded": False})
        settings = settings.model_copy(update={"broker": section})
    if settings.broker.bootstrap_servers is not None:
        topics.carry_out(settings, yes=yes)
    stop = Interrupts()
    stack = Stack(
        settings,
        workers=workers,
        port=port,
        gateway=settings.up.gateway if gateway is None else gateway,
        config=globals_of(context).config,
        say=say,
        alert=lambda line: say(line),
    )
    with stack:
        stack.wait_ready(tick=stop.check)
        console().print(listening(stack))
        say("everything is ready; Ctrl-C ends it")
        while not stop.event.wait(LOOK_SECONDS) and not stack.full:
            stack.step()
        stop.arm()
        stack.stop(drain=True, stopped=lambda: stop.count > 1)
    say("everything has ended")
    if stack.full:
        raise typer.Exit(ExitCode.FULL)


class Interrupts:
    """Ctrl-C and SIGTERM: the first asks to stop in good order, a second one stops the waiting."""

    def __init__(self, raising: bool = False) -> None:
        self.raising = raising
        """Whether the first one raises KeyboardInterrupt at once."""
        self.event = threading.Event()
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def check(self) -> None:
        """Raises KeyboardInterrupt when it was asked for before everything was ready."""
        if self.event.is_set():
            raise KeyboardInterrupt

    def arm(self) -> None:
        """The next one is the second, whatever made us stop."""
        self.count = max(self.count, 1)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.event.set()
        if self.raising:
            self.raising = False
            raise KeyboardInterrupt


def listening(stack: Stack) -> Table:
    """What listens where."""
    settings: Settings = stack.connected
    table = Table(title="nilometer up", title_justify="left", header_style="bold")
    for name in ("what", "where", "process"):
        table.add_column(name, overflow="fold")
    kind = "embedded broker (memory)" if stack.address.embedded else "broker"
    table.add_row(kind, stack.address.bootstrap_servers, str(stack.broker.pid) if stack.broker else "")
    logs = stack.services[0].log.path.parent
    for child in stack.services:
        table.add_row(child.name, str(child.log.path.name), str(child.pid))
    if where := stack.gateway_addresses():
        keys = "API keys needed: nilometer keys api create" if where["require_key"] else "no API key needed"
        table.add_row("OTLP/HTTP", str(where["http"]), keys)
        table.add_row("OTLP/gRPC", str(where["grpc"]), keys)
    table.add_row("logs", str(logs), "")
    table.add_row("home", str(settings.home), str(settings.environment))
    table.add_row("python", sys.executable, "")
    return table
