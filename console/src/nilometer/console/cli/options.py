"""What every command is given: the global options, and the settings that follow from them."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nilometer.schemas.settings import Settings, load_settings


@dataclass(frozen=True)
class Globals:
    """`--home`, `--environment` and `--config`, as they were given."""

    home: Path | None = None
    environment: str | None = None
    config: Path | None = None


class TableOrJson(StrEnum):
    table = "table"
    json = "json"


class InputFormat(StrEnum):
    native = "native"
    openai_chat = "openai-chat"


class BackfillFormat(StrEnum):
    native = "native"
    openai_chat = "openai-chat"
    otlp = "otlp"


FormatOption = Annotated[TableOrJson, typer.Option("--format", help="How to print.")]
Paths = Annotated[list[Path], typer.Argument(help="Files to read; `-` is not one of them.", show_default=False)]
InputFormatOption = Annotated[
    InputFormat, typer.Option("--format", help="native: one event a line; openai-chat: one conversation a line.")
]
BackfillFormatOption = Annotated[
    BackfillFormat,
    typer.Option(
        "--format",
        help="native: one event a line; openai-chat: one conversation a line; "
        "otlp: one OTLP request a file, .pb or .json, X.logs.pb read along with X.pb.",
    ),
]
StartedAt = Annotated[
    str | None,
    typer.Option(
        "--started-at",
        help="For data without times: when it began, ISO 8601 with a zone [the file's time].",
        show_default=False,
    ),
]


Provider = Annotated[
    str | None,
    typer.Option(help="For openai-chat: who served the model, where a record does not say.", show_default=False),
]
Model = Annotated[
    str | None, typer.Option(help="For openai-chat: which model, where a record does not say.", show_default=False)
]


def globals_of(context: typer.Context) -> Globals:
    return context.find_root().obj or Globals()


def settings_of(context: typer.Context) -> Settings:
    """The settings of this call. Raises ConfigurationError."""
    options = globals_of(context)
    overrides: dict[str, Any] = {}
    if options.home is not None:
        overrides["home"] = options.home.expanduser()
    if options.environment is not None:
        overrides["environment"] = options.environment
    return load_settings(options.config, **overrides)


def example(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
