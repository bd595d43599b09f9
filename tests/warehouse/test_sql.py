"""SQL for analysts reads the lake, and nothing else."""

import re
from pathlib import Path

import pytest

from nilometer.schemas.settings import Settings
from nilometer.warehouse.sql import QueryError, query
from nilometer.warehouse.writer import Writer
from tests.support.lake import lake_settings, span


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = lake_settings(tmp_path_factory.mktemp("lake"))
    with Writer(settings) as writer:
        writer.write([span(n) for n in range(30)])
    return settings


def test_reading_works(settings: Settings) -> None:
    assert query(settings, "SELECT count(*) AS n FROM calls").to_pylist() == [{"n": 30}]
    assert query(settings, "DESCRIBE calls").num_rows == 37
    assert query(settings, "WITH c AS (FROM calls) SELECT max(cost) FROM c; ").num_rows == 1
    assert query(settings, "SHOW TABLES").num_rows > 10
    assert query(settings, "EXPLAIN FROM traces").num_rows == 1
    assert query(settings, "SUMMARIZE SELECT latency_ms FROM calls").num_rows == 1


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("DELETE FROM lake.store.spans", "only reading"),
        ("DROP VIEW calls", "only reading"),
        ("CREATE TABLE t (a INT)", "only reading"),
        ("COPY calls TO '/tmp/nilometer-must-not-be.csv'", "only reading"),
        ("ATTACH '/tmp/nilometer-must-not-be.db'", "only reading"),
        ("SET enable_external_access = true", "only reading"),
        ("INSTALL httpfs", "only reading"),
        ("CALL ducklake_expire_snapshots('lake', older_than => now())", "only reading"),
        ("SELECT 1; DROP VIEW calls", "one statement"),
        ("", "one statement"),
        ("SELECT * FROM read_text('/etc/passwd')", "disabled by configuration"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("FROM '/etc/passwd.csv'", "disabled by configuration"),
        ("SELECT * FROM glob('/etc/*')", "disabled by configuration"),
        ("SELECT * FROM sqlite_scan('/tmp/x.sqlite', 't')", "sqlite_scan is not allowed"),
        ("SELECT * FROM postgres_query('lake', 'SELECT 1')", "postgres_query is not allowed"),
        ("SELECT * FROM ducklake_expire_snapshots('lake', older_than => now())", "not allowed"),
        ("FROM query('SELECT ' || '1')", "query is not allowed"),
        ("SELECT nope FROM calls", "nope"),
        ("SELEC 1", "syntax error"),
    ],
)
def test_everything_else_is_refused(settings: Settings, sql: str, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint):
        query(settings, sql)
    assert not Path("/tmp/nilometer-must-not-be.csv").exists()
    assert query(settings, "SELECT count(*) AS n FROM calls").to_pylist() == [{"n": 30}]


def test_before_the_first_row_the_views_are_there_and_empty(tmp_path: Path) -> None:
    assert query(lake_settings(tmp_path), "FROM calls").num_rows == 0


def test_the_recipes_of_the_page_for_analysts_work(settings: Settings) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "query.md").read_text(encoding="utf-8")
    recipes = page.split("## Recipes")[1].split("## Without")[0]
    (block,) = re.findall(r"```sql\n(.*?)```", recipes, re.DOTALL)
    asked = [statement for statement in block.replace("…", span(3).span_id).split(";") if statement.strip()]
    found = [query(settings, statement).num_rows for statement in asked]
    # Each answers; the conversation has a question and an answer.
    assert len(found) == 7
    assert found[2] == 2
