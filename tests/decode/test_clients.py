"""Captures that we made of clients (tests/clients): their calls are what the model server served, all in one lake."""

import pytest

from nilometer.console.backfill import backfill
from nilometer.schemas.settings import MaskingSettings, Settings
from tests.clients import captures
from tests.clients.compare import differences
from tests.clients.missing import not_sent
from tests.clients.table import CLIENTS, Client
from tests.support.lake import rows

NAMES = captures.names()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """All captures at once, and once more: nothing of one client gets in another's way, and nothing is there twice."""
    masking = MaskingSettings(entities=["CREDIT_CARD"], user_ids="keep")
    settings = Settings(home=tmp_path_factory.mktemp("clients"), masking=masking)
    files = [captures.FOLDER / f"{name}.pb" for name in NAMES]
    for _ in range(2):
        done = backfill(settings, files, "otlp")
        assert not done.dead
    return settings


def test_every_client_has_a_capture() -> None:
    assert [client.name for client in sorted(CLIENTS, key=lambda c: c.name)] == NAMES


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_calls_are_those_that_were_served(lake: Settings, client: Client) -> None:
    found = differences(captures.truth(client.name), lake, captures.traces(client.name))
    assert found == not_sent().get(client.name, {})


def test_captures_are_small_and_tell_nothing_of_a_machine() -> None:
    files = list(captures.FOLDER.iterdir())
    assert sum(file.stat().st_size for file in files) < 1_500_000
    for file in files:
        body = file.read_bytes()
        assert len(body) < 60_000, file
        assert b"site-packages" not in body, file
        assert b"/work/" not in body, file


def test_tools_that_ran_are_there(lake: Settings) -> None:
    """Frameworks that run tools by themselves say which, with what, and what came of it."""
    for name in TOOLS:
        found = [row for row in rows(lake, "FROM tool_calls") if row["trace_id"] in captures.traces(name)]
        told = [
            (row["tool_name"], "Cairo" in str(row["tool_arguments"]), "sunny" in str(row["tool_result"]))
            for row in found
        ]
        assert told
        assert set(told) == {("get_weather", True, True)}, name


TOOLS: tuple[str, ...] = ()
