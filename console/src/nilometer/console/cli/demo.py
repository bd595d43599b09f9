"""`nilometer demo`: see it work."""

import sys
import time
import webbrowser
from collections.abc import Callable
from typing import Annotated

import typer
from rich.progress import Progress

from nilometer.console.cli.options import example, globals_of, settings_of
from nilometer.console.cli.output import console, progress, say
from nilometer.console.cli.up import LOOK_SECONDS, Interrupts, listening
from nilometer.console.errors import ExitCode

DEFAULT_CALLS = 240


def register(app: typer.Typer) -> None:
    app.command(epilog=example("nilometer demo", "nilometer demo --calls 1000 --seed 7 --keep"))(demo)


def demo(
    context: typer.Context,
    calls: Annotated[int, typer.Option(min=60, max=100_000, help="How many calls to make up.")] = DEFAULT_CALLS,
    seed: Annotated[int, typer.Option(help="The same seed makes the same conversations.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running until Ctrl-C.")] = False,
    open_report: Annotated[bool, typer.Option("--open", help="Open the report in a browser.")] = False,
) -> None:
    """Run the whole system on made-up support conversations, and check that the result is true.

    It has a home, a broker and keys of its own (under --home, else where temporary files go), so it touches nothing of
    yours and several can run at once. Exit code 1 when anything is not as it was sent.
    """
    from nilometer.console.demo.run import demo as run
    from nilometer.console.demo.summary import summary

    settings = settings_of(context)
    stop = Interrupts(raising=True)
    with progress() as bar:
        steps = _Steps(bar)
        with run(settings, globals_of(context).home, calls=calls, seed=seed, step=steps.begin, say=say) as (
            result,
            stack,
        ):
            bar.stop()
            for part in summary(result):
                console().print(part)
            if open_report and result.report is not None:
                webbrowser.open(result.report.absolute().as_uri())
            if keep:
                stop.raising = False
                console().print(listening(stack))
                say("the stack runs on; Ctrl-C ends it")
                while not stop.event.wait(LOOK_SECONDS):
                    stack.step()
    if not result.passed:
        say(f"something is off: see above; everything is kept in {result.home}")
        raise typer.Exit(ExitCode.FINDING)
    say("everything is as it was sent")


class _Steps:
    """Steps of the demo: a bar on a terminal, else a line each."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._began = time.monotonic()

    def begin(self, what: str, total: float | None) -> Callable[[float], None]:
        if not sys.stderr.isatty():
            say(f"[{time.monotonic() - self._began:5.1f} s] {what}")
        task = self._bar.add_task(what, total=total)

        def done(count: float) -> None:
            if total is None:
                self._bar.update(task, total=count)
            self._bar.advance(task, count)

        return done
