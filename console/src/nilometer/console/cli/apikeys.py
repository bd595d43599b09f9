"""`nilometer keys api`: who may send to the gateway."""

import re
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from nilometer.console import audit
from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_json, print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas import apikeys as store
from nilometer.schemas.apikeys import ApiKey, keys_file
from nilometer.schemas.settings import Settings

app = typer.Typer(
    help="The gateway's API keys. A key is shown once, when it is made; only its hash is kept.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

KeyId = Annotated[str, typer.Argument(help="As `keys api list` shows it.", show_default=False)]


def duration(text: str) -> timedelta:
    """`90d`, `12h`, `30m` or `45s`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise typer.BadParameter("give a number and s, m, h or d, e.g. 90d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


class ScopeName(StrEnum):
    ingest = "ingest"
    read = "read"
    admin = "admin"


@app.command(
    epilog=example(
        "nilometer keys api create shop",
        "nilometer keys api create grafana --scope read --expires 365d",
        "nilometer --environment prod keys api create shop --project checkout --expires 90d",
    )
)
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who will use it, e.g. an application.", show_default=False)],
    scopes: Annotated[
        list[ScopeName] | None,
        typer.Option("--scope", help="What it is for [ingest]; repeatable.", show_default=False),
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="What comes with it belongs to this project.", show_default=False)
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="90d", help="How long it is valid [for ever].", show_default=False),
    ] = None,
) -> None:
    """Make an API key for this environment and print it, this once."""
    settings = settings_of(context)
    key, text = store.create(
        keys_file(settings),
        environment=settings.environment,
        name=name,
        scopes=[wanted.value for wanted in scopes or (ScopeName.ingest,)],
        project=project,
        lifetime=duration(expires) if expires is not None else None,
    )
    _record(settings, "api_keys.create", key)
    _show(key, text)


@app.command("list", epilog=example("nilometer keys api list", "nilometer keys api list --format json"))
def list_(context: typer.Context, style: FormatOption = TableOrJson.table) -> None:
    """List the API keys, oldest first; never the keys themselves."""
    now = datetime.now(UTC)
    columns = ("key_id", "name", "state", "scopes", "project", "environment", "created_at", "expires_at", "replaces")
    rows = [
        (
            key.key_id,
            key.name,
            key.state(now),
            ", ".join(key.scopes),
            key.project,
            key.environment,
            key.created_at,
            key.expires_at,
            key.replaces,
        )
        for key in store.read(keys_file(settings_of(context)))
    ]
    print_rows(columns, rows, style)
    if not rows:
        say("no API keys: `nilometer keys api create NAME` makes one")


@app.command(epilog=example("nilometer keys api revoke 0123456789abcdef --yes"))
def revoke(
    context: typer.Context,
    key_id: KeyId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Close an API key at once: running gateways refuse it from their next request on."""
    settings = settings_of(context)
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Whoever uses {key_id} will be refused. Revoke it?")):
        say("nothing was revoked; `--yes` revokes it")
        raise typer.Exit(ExitCode.FINDING)
    _record(settings, "api_keys.revoke", store.revoke(keys_file(settings), key_id))
    say(f"revoked {key_id}")


@app.command(epilog=example("nilometer keys api rotate 0123456789abcdef --overlap 7d"))
def rotate(
    context: typer.Context,
    key_id: KeyId,
    overlap: Annotated[
        str, typer.Option(metavar="24h", help="How long the old one is valid still.", show_default=False)
    ] = "24h",
) -> None:
    """Make a successor with the same rights and print it, this once; the old key ends after the overlap."""
    settings = settings_of(context)
    key, text = store.rotate(keys_file(settings), key_id, overlap=duration(overlap))
    _record(settings, "api_keys.rotate", key)
    say(f"{key_id} ends in {overlap}")
    _show(key, text)


def _show(key: ApiKey, text: str) -> None:
    say("this key is shown only now; as OTEL_EXPORTER_OTLP_HEADERS: x-api-key=<key>; for Langfuse's SDKs: public key = "
        "key_id, secret key = key")  # fmt: skip
    print_json({"key_id": key.key_id, "key": text, "scopes": list(key.scopes), "expires_at": key.expires_at})


def _record(settings: Settings, action: str, key: ApiKey) -> None:
    details = {"scopes": ",".join(key.scopes)} | ({"replaces": key.replaces} if key.replaces else {})
    audit.record(settings, audit.entry(settings, action, key.key_id, details))
