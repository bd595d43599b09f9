"""The catalog: made once, upgraded once, by whoever comes first; environments apart; no download, no $HOME."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Settings, WarehouseSettings
from nilometer.warehouse import migrate
from nilometer.warehouse.catalog import Catalog, WarehouseError
from nilometer.warehouse.scripts import scripts
from nilometer.warehouse.writer import Writer
from tests.support.lake import lake_settings, span, value


def versions(settings: Settings) -> list[str]:
    with contextlib.closing(Catalog(settings).connect()) as connection:
        return migrate.applied(connection)


def test_two_processes_at_once_make_one_lake(tmp_path: Path) -> None:
    """With a $HOME that cannot be written to: nothing is installed there."""
    code = "import sys; from pathlib import Path; from nilometer.schemas.settings import Settings; "
    code += "from nilometer.warehouse.writer import Writer; Writer(Settings(home=Path(sys.argv[1]))).close()"
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir(mode=0o500)
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    environment = os.environ | {"HOME": str(nowhere)}
    both = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert list(nowhere.iterdir()) == []
    assert versions(Settings(home=tmp_path / "home")) == [*scripts("migrations"), migrate.views_version()]


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    first = versions(settings)
    with Writer(settings) as writer:
        writer.write([span(1)])
    assert versions(settings) == first
    with contextlib.closing(Catalog(settings).connect()) as connection:
        assert migrate.pending(connection) == []
        assert migrate.upgrade(connection) == []
    assert value(settings, "SELECT count(*) FROM calls") == 1


def test_changed_views_replace_those_of_an_earlier_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        writer.write([span(1)])

    def changed(folder: str) -> dict[str, str]:
        more = {"99_more": "CREATE OR REPLACE VIEW main.more AS SELECT event_id FROM main.calls;"}
        return scripts(folder) | (more if folder == "views" else {})

    before = len(versions(settings))
    monkeypatch.setattr(migrate, "scripts", changed)
    assert value(settings, "SELECT count(*) FROM more") == 1
    assert len(versions(settings)) == before + 1


def test_a_lake_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with contextlib.closing(Catalog(settings).connect()) as connection:
        connection.execute("INSERT INTO store.migrations VALUES ('9999_future', now()), ('views-future', now())")
        assert migrate.pending(connection) == []
    with Writer(settings) as writer:
        assert writer.write([span(1)]).spans == 1


def test_environments_do_not_touch(tmp_path: Path) -> None:
    """Invariant 8."""
    here, there = lake_settings(tmp_path), lake_settings(tmp_path, environment="staging")
    with Writer(here) as writer:
        writer.write([span(1)])
    assert value(here, "SELECT count(*) FROM calls") == 1
    assert value(there, "SELECT count(*) FROM calls") == 0


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"catalog": "mysql:db"}, "must begin with `postgres:`"),
        ({"catalog": "postgres:dbname=x password=hush"}, "holds a password"),
        ({"catalog": "postgres:postgresql://me:hush@db/x"}, "holds a password"),
        ({"data_path": "s3://bucket/x"}, "object stores"),
    ],
)
def test_settings_that_cannot_work_are_said_to_be_wrong(
    tmp_path: Path, section: dict[str, str], complaint: str
) -> None:
    settings = lake_settings(tmp_path, warehouse=WarehouseSettings.model_validate(section))
    with pytest.raises(ConfigurationError, match=complaint) as raised:
        Catalog(settings).connect()
    assert "hush" not in str(raised.value)


def test_the_password_is_in_no_sql(tmp_path: Path) -> None:
    """It goes to DuckDB as a parameter, and from there nowhere but to libpq."""
    settings = lake_settings(
        tmp_path,
        warehouse=WarehouseSettings(
            catalog="postgres:dbname=x host=127.0.0.1 port=1 user=u", catalog_password=SecretStr("hush hush")
        ),
    )
    with pytest.raises(WarehouseError, match="cannot open the warehouse") as raised:
        Catalog(settings).connect(read_only=True)
    assert "hush" not in str(raised.value)


def test_no_progress_bar_is_drawn_among_the_answers(settings: Settings) -> None:
    """Programs read standard output, where DuckDB would draw it once a query takes two seconds."""
    with Catalog(settings).connect() as connection:
        found = connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    assert found == (False,)
