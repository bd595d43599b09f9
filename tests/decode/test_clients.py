"""Captures that we made of clients (tests/clients): their calls are what the model server served, all in one lake."""

import gzip
from typing import Any

import pytest

from nilometer.console.backfill import backfill
from nilometer.schemas.settings import Settings
from tests.clients import captures
from tests.clients.compare import call_rows, differences
from tests.clients.missing import not_sent
from tests.clients.table import CLIENTS, Client
from tests.support.lake import rows

NAMES = captures.names()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """All captures at once, and once more: nothing of one client gets in another's way, and nothing is there twice."""
    settings = Settings(home=tmp_path_factory.mktemp("clients"), masking=captures.UNMASKED)
    files = captures.unpack(NAMES, tmp_path_factory.mktemp("captures"))
    for _ in range(2):
        done = backfill(settings, files, "otlp")
        # OpenLIT has log records that name no span.
        assert done.dead == {"decode/no_span": 5}
    return settings


@pytest.fixture(scope="module")
def calls(lake: Settings) -> list[dict[str, Any]]:
    return call_rows(lake)


def test_every_client_has_a_capture() -> None:
    assert [client.name for client in sorted(CLIENTS, key=lambda c: c.name)] == NAMES


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_calls_are_those_that_were_served(calls: list[dict[str, Any]], client: Client) -> None:
    found = differences(captures.truth(client.name), calls, captures.traces(client.name))
    assert found == not_sent().get(client.name, {})


def test_captures_are_small_and_tell_nothing_of_a_machine() -> None:
    files = list(captures.FOLDER.iterdir())
    assert sum(file.stat().st_size for file in files) < 1_000_000
    for file in files:
        body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        assert b"site-packages" not in body, file
        assert b".build/clients" not in body, file


def test_tools_that_ran_are_there(lake: Settings) -> None:
    """Frameworks that run tools by themselves say which, with what, and what came of it."""
    ran = rows(lake, "FROM tool_calls")
    for name in TOOLS:
        traces = captures.traces(name)
        found = [row for row in ran if row["trace_id"] in traces]
        told = [
            (row["tool_name"], "Cairo" in str(row["tool_arguments"]), "sunny" in str(row["tool_result"]))
            for row in found
        ]
        assert told
        assert ("get_weather", True, True) in told, name


TOOLS = (
    *("langchain_openinference", "langchain_traceloop", "langchain_langfuse", "langchain_langsmith"),
    *("openai_agents_openinference", "openai_agents_traceloop", "openai_agents_opentelemetry", "openai_agents_logfire"),
    *(
        "llama_index_openinference",
        "crewai_openinference",
        "pydantic_ai_own",
        "strands_own",
        "smolagents_openinference",
    ),
    *("agno_openinference", "vercel_own", "agent_framework_own"),
)
