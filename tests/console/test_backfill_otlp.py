"""`nilometer backfill --format otlp`: files, folders, logs beside traces, and what is said of those that are none."""

import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.console.command import here, rows
from tests.decode import otlp
from tests.support.otlp_json import as_json

CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 2,
}
SECRET = "maria.silva@example.com"


def body(*numbers: int) -> bytes:
    return otlp.traces(*(otlp.span(number, CALL) for number in numbers))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Command:
    """`nilometer backfill … --format otlp` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self._given = monkeypatch, capsys
        self._home = home

    def __call__(self, *paths: Path) -> tuple[int, str]:
        done = here(*self._given, "backfill", *paths, "--format", "otlp", "--home", self._home)
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stderr + done.stdout
        return done.returncode, done.stderr + done.stdout


@pytest.fixture
def backfill(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Command:
    return Command(monkeypatch, capsys, home)


def calls(home: Path) -> list[str]:
    return [row["span_id"][-1] for row in rows(home, "SELECT span_id FROM calls ORDER BY span_id")]


def test_a_file_of_each_form_and_twice(backfill: Command, home: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.pb", tmp_path / "two.json"
    one.write_bytes(body(1, 2))
    two.write_bytes(as_json(ExportTraceServiceRequest.FromString(body(3))))
    code, said = backfill(one, two)
    assert (code, "3 new rows, 0 there already" in said) == (0, True)
    code, said = backfill(one, two)
    assert (code, "0 new rows, 3 there already" in said) == (0, True)
    assert calls(home) == ["1", "2", "3"]


@pytest.mark.parametrize("form", ["pb", "json"])
def test_logs_that_stand_beside_are_read(backfill: Command, home: Path, tmp_path: Path, form: str) -> None:
    details = {"gen_ai.input.messages": json.dumps([{"role": "user", "content": "from a log"}])}
    request = otlp.logs(1, ("gen_ai.client.inference.operation.details", None, details))
    traces, logs = body(1), request
    if form == "json":
        traces = as_json(ExportTraceServiceRequest.FromString(traces))
        logs = as_json(ExportLogsServiceRequest.FromString(logs))
    (tmp_path / f"x.{form}").write_bytes(traces)
    (tmp_path / f"x.logs.{form}").write_bytes(logs)
    code, said = backfill(tmp_path / f"x.{form}")
    assert (code, "2 new rows" in said) == (0, True)
    [row] = rows(home, "SELECT input_messages FROM calls")
    assert "from a log" in str(row["input_messages"])


def test_a_folder_stands_for_the_files_in_it(backfill: Command, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    (folder / "below").mkdir(parents=True)
    (folder / "a.pb").write_bytes(body(1))
    (folder / "b.pb").write_bytes(body(2))
    (folder / "b.metrics.pb").write_bytes(b"whatever")
    (folder / "README.md").write_text("no telemetry")
    (folder / "below" / "c.pb").write_bytes(body(3))
    code, said = backfill(folder)
    assert code == 0
    assert "b.metrics.pb: metrics, not read" in said
    assert calls(home) == ["1", "2"]
    (tmp_path / "empty").mkdir()
    code, said = backfill(tmp_path / "empty")
    assert (code, "empty: no file in it ends with .pb or .json" in said) == (2, True)


def test_a_broken_file_is_named_and_the_others_are_read(backfill: Command, home: Path, tmp_path: Path) -> None:
    good, bad, worse = tmp_path / "good.pb", tmp_path / "bad.pb", tmp_path / "worse.json"
    good.write_bytes(body(1))
    bad.write_bytes(f"this is no protobuf but {SECRET}".encode())
    worse.write_text(json.dumps({"resourceSpans": SECRET}))
    code, said = backfill(bad, worse, good)
    assert code == 1
    assert "bad.pb:1: decode/" in said
    assert "worse.json:1: decode/" in said
    assert "dead letters:" in said
    assert calls(home) == ["1"]
    assert rows(home, "SELECT count(*) AS n FROM dead_letters") == [{"n": 2}]


def test_a_bad_span_is_named_and_the_others_are_read(backfill: Command, home: Path, tmp_path: Path) -> None:
    request = ExportTraceServiceRequest.FromString(body(1, 2, 3))
    request.resource_spans[0].scope_spans[0].spans[1].trace_id = b"short"
    (tmp_path / "some.pb").write_bytes(request.SerializeToString())
    code, said = backfill(tmp_path / "some.pb")
    assert (code, "some.pb:1: decode/bad_id" in said) == (1, True)
    assert calls(home) == ["1", "3"]


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("gone.pb", 2, "gone.pb: no such file"),
        ("notes.txt", 2, "notes.txt: an OTLP file ends with .pb or .json"),
        ("only.metrics.pb", 2, "these are metrics"),
        ("huge.pb", 1, "huge.pb: 17000000 bytes, not read"),
    ],
)
def test_what_is_not_read_is_said(backfill: Command, tmp_path: Path, name: str, code: int, says: str) -> None:
    if not name.startswith("gone"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(17_000_000 if name.startswith("huge") else 3)
    found, said = backfill(tmp_path / name)
    assert (found, says in said) == (code, True), said
