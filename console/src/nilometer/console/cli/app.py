"""Where the command begins: global options, its commands, and how errors end it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from nilometer.console.cli import (
    alerts,
    backfill,
    config,
    dead,
    demo,
    doctor,
    jobs,
    keys,
    mask,
    publish,
    sql,
    subject,
    topics,
    up,
)
from nilometer.console.cli.options import Globals
from nilometer.console.errors import ExitCode, exit_code
from nilometer.schemas import crash
from nilometer.schemas.errors import NilometerError

GLOBAL_OPTIONS = ("--home", "--environment", "--config")

app = typer.Typer(
    name="nilometer",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog="Start with:  nilometer demo")
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Where state lives [NILOMETER_HOME, else .nilometer].", show_default=False)
    ] = None,
    environment: Annotated[
        str | None, typer.Option(help="Environment, e.g. dev [NILOMETER_ENVIRONMENT].", show_default=False)
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings [NILOMETER_CONFIG, else ./nilometer.toml].", show_default=False)
    ] = None,
) -> None:
    """Event-streaming analytics for LLM and agent operations.

    The options below may stand before or after the command.
    """
    context.obj = Globals(home, environment, config)


for _module in (up, publish, backfill, mask, sql, alerts, jobs, doctor, demo):
    _module.register(app)
app.add_typer(dead.app, name="dead")
app.add_typer(topics.app, name="topics")
app.add_typer(keys.app, name="keys")
app.add_typer(subject.app, name="subject")
app.add_typer(config.app, name="config")


def hoist(arguments: list[str]) -> list[str]:
    """Global options that stand after the command, moved in front of it; what follows `--` stays."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        if word in GLOBAL_OPTIONS:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        elif word.startswith(tuple(f"{option}=" for option in GLOBAL_OPTIONS)):
            front.append(word)
        else:
            rest.append(word)
    return front + rest + arguments[end:]


def main() -> None:
    """The entry point. Says what went wrong in one line, and ends with an exit code that means something."""
    crash.keep_quiet()
    try:
        code = app(hoist(sys.argv[1:]), prog_name="nilometer", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        code = _fail(f"{error.format_message()} (see `nilometer --help`)", error.exit_code)
    except NilometerError as error:
        code = _fail(str(error), exit_code(error))
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.OK
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        code = _fail(f"{place}{error.strerror or type(error).__name__}", ExitCode.USAGE)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> int:
    print(f"nilometer: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    return code
