"""The rows of `calls` are the same however what was sent was cut into batches, and in whatever order these came.

Captures of real clients that several instrumentations recorded, and small ones in which calls meet that have no id in
common; by the views and marks themselves, in a database that knows snapshots as the lake does.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas.settings import Settings
from nilometer.schemas.span import PricedSpan
from nilometer.streams.rollup import new_calls
from nilometer.warehouse import duplicates
from nilometer.warehouse import writer as writing
from nilometer.warehouse.rows import arrow
from nilometer.warehouse.scripts import scripts
from nilometer.warehouse.writer import Writer
from tests.clients import captures
from tests.decode.otlp import run
from tests.support.lake import rows

SEVERAL = [name for name in captures.names() if name.endswith(("_twice", "_thrice", "_two_services", "_otel"))]
SHARED = ("anthropic_genai", "openai_genai", "openai_openinference", "langchain_openinference", "pydantic_ai")
CALLS = "FROM calls ORDER BY event_id"


@cache
def recorded(body: bytes) -> tuple[PricedSpan, ...]:
    found = run(body, clock=lambda: datetime.now(UTC))
    assert found.dead == []
    return tuple({event.event_id: event for event in found.events if isinstance(event, PricedSpan)}.values())


def spans_of(name: str) -> tuple[PricedSpan, ...]:
    return recorded(captures.body(name))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables and views that `calls` needs."""
    with duckdb.connect() as found:
        found.execute("SET TimeZone = 'UTC'; CREATE SCHEMA store")
        for name in ("spans", "span_details"):
            found.register("empty", arrow(name, ()))
            found.execute(f"CREATE TABLE store.{name} AS SELECT *, 0::BIGINT AS snapshot_id FROM empty")  # noqa: S608
        corrections = scripts("migrations")["0001_store"].split("CREATE TABLE store.cost_corrections", 1)[1]
        found.execute("CREATE TABLE store.cost_corrections" + corrections.split(";", 1)[0])
        offsets = scripts("migrations")["0001_store"].split("CREATE TABLE store.offsets", 1)[1]
        found.execute("CREATE TABLE store.offsets" + offsets.split(";", 1)[0])
        for version in ("0004_marks", "0005_marks_anew"):
            found.execute(scripts("migrations")[version])
        views = duplicates.complete(scripts("views"))
        for view in ("00_duplicates", "00_duplicates_marked", "01_spans", "02_calls"):
            for statement in views[view].split(";\n"):
                found.execute(statement)
        yield found


def calls(connection: duckdb.DuckDBPyConnection, batches: Sequence[Sequence[PricedSpan]], marks: Sequence[bool]) -> Any:
    connection.execute("DELETE FROM store.spans; DELETE FROM store.offsets; DELETE FROM store.duplicate_marks")
    for snapshot, (batch, marked) in enumerate(zip(batches, marks, strict=True), 1):
        connection.register("batch", arrow("spans", batch))
        connection.execute(f"INSERT INTO store.spans BY NAME SELECT *, {snapshot} AS snapshot_id FROM batch")  # noqa: S608
        if marked:
            duplicates.mark(connection)
    return connection.execute(CALLS).fetchall()


def cut(data: st.DataObject, spans: Sequence[PricedSpan]) -> list[list[PricedSpan]]:
    """In two to five batches: by scope, as two exporters send them, or anyhow."""
    number = data.draw(st.integers(2, 5))
    scopes = sorted({str(span.scope) for span in spans})
    if data.draw(st.booleans()):
        order = data.draw(st.permutations(scopes))
        return [[span for span in spans if str(span.scope) == scope] for scope in order]
    places = data.draw(st.lists(st.integers(0, number - 1), min_size=len(spans), max_size=len(spans)))
    found = [[span for span, place in zip(spans, places, strict=True) if place == here] for here in range(number)]
    return [batch for batch in found if batch]


@configured(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_batches_and_their_order_make_no_difference(connection: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    spans = spans_of(data.draw(st.sampled_from(SEVERAL)))
    whole = calls(connection, [spans], [False])
    batches = cut(data, spans)
    marks = [data.draw(st.booleans()) for _ in batches]
    assert calls(connection, batches, marks) == whole


@pytest.mark.real_data
@pytest.mark.parametrize("name", SHARED)
@configured(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nor_do_they_in_the_captures_of_others(
    shared_data: Path, connection: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    spans = recorded((shared_data / "otlp" / f"{name}.pb").read_bytes())
    batches = cut(data, spans)
    assert calls(connection, batches, [True] * len(batches)) == calls(connection, [spans], [False])


def each_scope_of_its_own(body: bytes) -> bytes:
    """As by one provider for each instrumentation, with a service of its own."""
    given = ExportTraceServiceRequest.FromString(body)
    found = ExportTraceServiceRequest()
    for group in given.resource_spans:
        for number, scoped in enumerate(group.scope_spans):
            own = found.resource_spans.add(resource=group.resource, scope_spans=[scoped])
            for attribute in own.resource.attributes:
                if attribute.key == "service.name":
                    attribute.value.string_value += f"-{number}"
    return found.SerializeToString()


# LlamaIndex ends the span of a stream before the stream begins: in another service's telemetry nothing tells them.
@pytest.mark.parametrize("name", [name for name in SEVERAL if not name.startswith("llama_index")])
def test_two_services_of_one_process_make_no_difference(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    body = captures.body(name)
    apart = recorded(each_scope_of_its_own(body))
    scopes = sorted({str(span.scope) for span in apart})
    batches = [[span for span in apart if str(span.scope) == scope] for scope in scopes]
    ids = {row[0] for row in calls(connection, [recorded(body)], [False])}
    assert len(ids) == len(calls(connection, batches, [True] * len(batches)))


@pytest.mark.parametrize("name", SEVERAL)
def test_rollups_count_as_many_calls_in_one_batch(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    spans = spans_of(name)
    assert len(new_calls(spans, ())) == len(calls(connection, [spans], [False]))


@pytest.mark.parametrize("name", ["anthropic_thrice", "groq_openinference_twice"])
def test_the_loaders_writer_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    spans = spans_of(name)
    monkeypatch.setattr(writing, "MARK_ROWS", 1)
    found: list[list[dict[str, Any]]] = []
    scopes = sorted({str(span.scope) for span in spans})
    for number, batches in enumerate(([spans], [[s for s in spans if str(s.scope) == scope] for scope in scopes])):
        settings = Settings(home=tmp_path / str(number))
        with Writer(settings) as writer:
            for batch in batches:
                writer.write(batch)
        found.append(rows(settings, CALLS))
    assert found[0] == found[1]
