"""Real clients with their instrumentations, a model server of ours, and a running `up`: what is served is in SQL.

The seven that most people use run always; NILOMETER_CLIENTS=all tries every client of the table (half an hour), and
a list of names those."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nilometer.schemas.settings import load_settings
from tests.clients.compare import call_rows, differences
from tests.clients.missing import not_sent
from tests.clients.run import ClientError, environment, run
from tests.clients.table import CLIENTS, Client
from tests.console.command import Up, rows, until, up
from tests.support.models import ModelServer

pytestmark = pytest.mark.timeout(900)
ALWAYS = (
    *("openai_opentelemetry", "anthropic_traceloop", "langchain_openinference", "llama_index_openinference"),
    *("crewai_openinference", "openai_agents_openinference", "pydantic_ai_own"),
)


def chosen() -> list[Client]:
    asked = os.environ.get("NILOMETER_CLIENTS", "")
    names = [c.name for c in CLIENTS] if asked == "all" else asked.split(",") if asked else ALWAYS
    return [client for client in CLIENTS if client.name in names]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("clients") / "home") as started:
        yield started


def gateway(home: Path) -> str:
    return str(json.loads((home / "run" / "dev" / "gateway.json").read_text())["http"])


@pytest.mark.parametrize("client", chosen(), ids=lambda client: client.name)
def test_what_a_client_is_served_is_in_the_warehouse(running: Up, client: Client) -> None:
    try:
        environment(client)
    except ClientError as error:
        pytest.skip(f"it cannot be installed here: {str(error)[-300:]}")
    before = {row["trace_id"] for row in rows(running.home, "SELECT DISTINCT trace_id FROM spans")}
    # Ids of their own, so that no client's answer is taken for another's.
    with ModelServer(first=1 + 1000 * ALWAYS.index(client.name) if client.name in ALWAYS else 1) as models:
        run(client, models.url, gateway(running.home))
        truth = list(models.truth)
    settings = load_settings(home=running.home)
    expected = not_sent().get(client.name, {})

    def found() -> dict[str, list[str]]:
        traces = {row["trace_id"] for row in rows(running.home, "SELECT DISTINCT trace_id FROM spans")} - before
        return differences(truth, call_rows(settings), traces)

    with contextlib.suppress(AssertionError):
        until("its calls", lambda: found() == expected, 60)
    assert found() == expected
