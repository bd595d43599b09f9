"""The usual questions to the views over OpenTelemetry rows of which a third are duplicates, with marks and without.

    uv run python bench/views.py
    uv run python bench/views.py --rows 1000000

"by the rule" asks the rule for duplicates of every row, which is what the views did before there were marks; "a tail"
has 10,000 rows that came after the last marks. Look at the CPU seconds where others are at work on the machine.
"""

import contextlib
import itertools
import tempfile
from functools import partial
from pathlib import Path

import duckdb
from harness import measure, parser, report

from nilometer.schemas.settings import Settings
from nilometer.warehouse import duplicates
from nilometer.warehouse.catalog import Catalog, transact

# Traces of ten: an agent, three calls that two instrumentations record each, one that one does, two tools.
FILL = """
INSERT INTO store.spans BY NAME
SELECT
    md5('event' || i) AS event_id, md5('trace' || i // 10) AS trace_id, left(md5('span' || i), 16) AS span_id,
    CASE WHEN k IN (2, 4, 6) THEN left(md5('span' || (i - 1)), 16) WHEN k > 0 THEN left(md5('span' || (i - k)), 16) END
        AS parent_span_id,
    'x' AS name, CASE WHEN k = 0 THEN 'invoke_agent' WHEN k >= 8 THEN 'execute_tool' ELSE 'chat' END AS operation,
    'ok' AS status, TIMESTAMPTZ '2026-03-01 00:00:00+00' + INTERVAL (i // 10 * 3 + k * 0.1) SECOND AS started_at,
    started_at + INTERVAL 1 SECOND AS ended_at, started_at + INTERVAL 2 SECOND AS arrived_at,
    CASE WHEN k IN (2, 4, 6) THEN 'inner' ELSE 'outer' END AS scope,
    CASE WHEN k BETWEEN 1 AND 7 AND i // 10 % 2 = 0 THEN 'chatcmpl-' || (i // 10) || '-' || ((k + 1) // 2) END
        AS response_id,
    CASE WHEN k >= 8 THEN 'f' || k END AS tool_name, 'gpt-4o' AS request_model,
    'feature ' || (i // 10 % 7) AS feature, 'u' || (i // 10 % 977) AS user_id,
    CASE WHEN k BETWEEN 1 AND 7 THEN 100 + i % 1000 END AS input_tokens,
    CASE WHEN k BETWEEN 1 AND 7 THEN i * 0.000001 END AS cost, CASE WHEN k BETWEEN 1 AND 7 THEN 'USD' END AS currency
FROM (SELECT i, i % 10 AS k FROM range({first}, {last}) t(i))
"""
QUESTIONS = {
    "spans": "SELECT count(*) FROM spans",
    "calls": "SELECT feature, count(*), sum(cost), sum(input_tokens) FROM calls GROUP BY feature",
    "calls by user": "SELECT user_id, count(*), sum(cost) FROM calls GROUP BY user_id",
    "costs": "SELECT count(*), sum(cost) FROM costs",
    "traces": "SELECT state, count(*), sum(cost), sum(calls) FROM traces GROUP BY state",
}
TAIL = 10_000


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=300_000, help="of three lakes (default: %(default)s)")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        readers: dict[str, duckdb.DuckDBPyConnection] = {}
        for name, marked in (("by the rule", 0), ("a tail", arguments.rows - TAIL), ("marked", arguments.rows)):
            catalog = Catalog(Settings(home=Path(directory) / name))
            fill(catalog, arguments.rows, marked)
            readers[name] = stack.enter_context(catalog.reader())
        cases = {
            f"{question}, {name}": partial(ask, reader, sql)
            for question, sql in QUESTIONS.items()
            for name, reader in readers.items()
        }
        found = measure(cases, count=arguments.rows, unit="rows", runs=arguments.runs)
    report("views", found, json_path=arguments.json)


def ask(reader: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert reader.execute(sql).fetchall()


def fill(catalog: Catalog, rows: int, marked: int) -> None:
    """Rows in commits of 50,000, the last ones of 1,000; of the first `marked` the duplicates are marked."""
    with contextlib.closing(catalog.connect()) as connection, catalog.lock():
        steps = [*range(0, rows - TAIL, 50_000), *range(rows - TAIL, rows, 1_000), rows]
        for first, last in itertools.pairwise(steps):
            connection.execute(FILL.format(first=first, last=last))
            if last == marked:
                transact(connection, duplicates.mark)


if __name__ == "__main__":
    main()
