"""`nilometer config`: which settings are in force, and what is wrong with them."""

import sys
from typing import Annotated

import typer

from nilometer.console import catalog, policycheck, settingspage
from nilometer.console.cli.options import FormatOption, TableOrJson, example, globals_of, settings_of
from nilometer.console.cli.output import print_rows, say
from nilometer.console.errors import ExitCode

app = typer.Typer(help="The settings.", no_args_is_help=True, rich_markup_mode=None)


@app.command(epilog=example("nilometer config show", "nilometer config show --changed --format json"))
def show(
    context: typer.Context,
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not a default.")] = False,
    style: FormatOption = TableOrJson.table,
) -> None:
    """Show every value in force and where it comes from. Secrets are not shown."""
    settings = settings_of(context)
    options = globals_of(context)
    given = {"home": options.home, "environment": options.environment}
    origins = catalog.origins(options.config, given)
    rows = [
        (setting.name, catalog.value_of(settings, setting.name), origins[setting.name])
        for setting in catalog.settings_list()
        if not changed or origins[setting.name] != "default"
    ]
    print_rows(("setting", "value", "from"), rows, style)


@app.command(epilog=example("nilometer config check", "nilometer --config prod.toml config check"))
def check(context: typer.Context) -> None:
    """Check the settings: names, types, ranges, secret files, and what the masking policy would let through.

    Names what is wrong, never its value.
    """
    settings = settings_of(context)
    settings.broker.sasl_secret()
    settings.broker.ssl_key_secret()
    settings.schema_registry.secret()
    settings.warehouse.secret()
    unknown = catalog.unknown_variables()
    for name in unknown:
        say(f"{name} names no setting: `nilometer config list` shows those that there are")
    complaints = list(policycheck.complaints(settings))
    for complaint in complaints:
        say(complaint)
    note = policycheck.unchecked(settings)
    if note is not None:
        say(note)
    if unknown or complaints:
        raise typer.Exit(ExitCode.FINDING)
    say("the settings are in order")


@app.command("list", epilog=example("nilometer config list", "nilometer config list --format json"))
def list_(style: FormatOption = TableOrJson.table) -> None:
    """List every setting with its type, default, variable and meaning."""
    rows = [(s.name, s.type, s.default, s.variable, s.description) for s in catalog.settings_list()]
    print_rows(("setting", "type", "default", "variable", "meaning"), rows, style)


@app.command(epilog=example("nilometer config page > docs/settings.md"))
def page() -> None:
    """Print the reference of all settings as Markdown."""
    sys.stdout.write(settingspage.page())
