"""One person's rows: all of them are found, given out, and gone for good; nobody else's are touched."""

from pathlib import Path

import msgspec
import polars
import pytest

from nilometer.schemas.settings import RetentionSettings, Settings
from nilometer.warehouse import subject
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer
from tests.support.lake import alert, feedback, fingerprint, lake_settings, rows, score, span, trace_of

MARK = "0123456789abcdef"
WHO = subject.Subject((f"u_{MARK}", "u_older"), (MARK,))
SECRET = "a-word-that-must-vanish"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Traces of ten spans: one is the person's by its root alone, one by feedback, and one mentions the person."""
    settings = lake_settings(tmp_path, retention=RetentionSettings(snapshots_hours=24))
    mine = [span(n, user_id=f"u_{MARK}" if n == 0 else None, name=SECRET) for n in range(10)]
    opinion = msgspec.structs.replace(feedback(10), trace_id=trace_of(10), user_id="u_older")
    mention = span(20, tool_result={"to": f"<USERNAME:{MARK}>"})
    about = msgspec.structs.replace(alert("r", "firing", 0), dimensions={"user_id": f"u_{MARK}"})
    with Writer(settings) as writer:
        writer.write(
            [*mine, *(span(n) for n in range(10, 20)), opinion, score(0), mention, *(span(n) for n in range(21, 90))]
        )
        writer.write([span(90)], alerts=[about, alert("r", "firing", 5)])
    return settings


def test_all_rows_of_a_persons_traces_are_found(settings: Settings) -> None:
    held = subject.find(settings, WHO)
    assert held.traces == 2
    assert held.rows == {"spans": 20, "span_details": 0, "feedback": 1, "scores": 1}
    assert held.mentions == {"spans": 1}
    assert subject.find(settings, subject.Subject(("u_nobody",), ())).rows["spans"] == 0


def test_export_gives_each_row_as_an_object(settings: Settings) -> None:
    found = list(subject.export(settings, WHO))
    assert {row["table"] for row in found} == {"spans", "feedback", "scores"}
    assert len(found) == 22
    assert {row["trace_id"] for row in found} == {trace_of(0), trace_of(10)}
    assert len(list(subject.export(settings, WHO, mentions=True))) == 23


def test_erased_is_gone_from_rows_files_and_snapshots(settings: Settings) -> None:
    others = f"SELECT * FROM spans WHERE trace_id NOT IN ('{trace_of(0)}', '{trace_of(10)}') ORDER BY event_id"  # noqa: S608
    before = repr(rows(settings, others))
    done = subject.erase(settings, WHO)
    assert done.rows == {
        "cost_corrections": 0,
        "duplicate_marks": 0,
        "spans": 20,
        "span_details": 0,
        "feedback": 1,
        "scores": 1,
        "alerts": 1,
    }
    assert done.deleted_files > 0
    assert subject.find(settings, WHO).rows["spans"] == 0
    assert repr(rows(settings, others)) == before
    catalog = Catalog(settings)
    assert not any(SECRET.encode() in file.read_bytes() for file in catalog.directory.glob("catalog.sqlite*"))
    for file in catalog.data_path.glob("store/spans/*.parquet"):
        assert not polars.read_parquet(file)["name"].str.contains(SECRET).any()
    again = fingerprint(settings)
    assert set(subject.erase(settings, WHO).rows.values()) == {0}, "twice is once"
    assert fingerprint(settings) == again
    assert subject.erase(settings, WHO, mentions=True).rows["spans"] == 1
