"""The published contract is what the types give, and no released revision of it is broken or changed."""

import gzip
import json
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from nilometer.schemas import contract, generate
from nilometer.schemas.alert import Alert
from nilometer.schemas.asyncapi import asyncapi
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.contract import KINDS, documents
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.keys import create_key
from nilometer.schemas.rollup import Cell, Rollup
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import PricedSpan, RawSpan, Usage
from nilometer.schemas.topics import topics
from nilometer.schemas.wire import encode, seal

AT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
TRACE: dict[str, Any] = {"trace_id": "a" * 32}
SPAN: dict[str, Any] = TRACE | {
    "span_id": "b" * 16,
    "name": "chat gpt-4o",
    "started_at": AT,
    "operation": "chat",
    "usage": Usage(input_tokens=7),
    "input_messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
    "tool_arguments": ["anything", {"at": 1}],
    "attributes": {"deep": {"er": [1, None]}},
}
EXAMPLES: list[tuple[str, Any]] = [
    ("raw", RawSpan(**SPAN)),
    ("raw", RawFeedback(**TRACE, feedback_id="f", created_at=AT, thumbs="down", comment="no")),
    ("raw", RawScore(**TRACE, name="n", evaluator="e/1", created_at=AT, value=0.5)),
    ("span", PricedSpan(**SPAN, event_id="e", masked={"PERSON": 2}, cost=Decimal("0.000125"), currency="USD")),
    ("span", PricedSpan(**SPAN, event_id="e", unpriced_reason="unknown_model")),
    ("feedback", MaskedFeedback(**TRACE, feedback_id="f", created_at=AT, event_id="e", rating=4.5)),
    ("score", Score(**TRACE, name="n", evaluator="e/1", created_at=AT, event_id="e", label="pass")),
    (
        "raw",
        RawSpanDetail(**TRACE, detail_id="d", span_id="b" * 16, created_at=AT, position=7, name="gen_ai.user.message"),
    ),
    (
        "span_detail",
        SpanDetail(
            **TRACE, detail_id="d", span_id="b" * 16, created_at=AT, position=7, name="gen_ai.choice", event_id="e"
        ),
    ),
    (
        "rollup",
        Rollup(
            topic="t",
            partition=0,
            first_offset=1,
            last_offset=2,
            published_at=AT,
            cells=[Cell(second=1, dimensions={"service": "s"}, calls=1, cost=Decimal("1.5"), latency={-3: 1})],
        ),
    ),
    (
        "alert",
        Alert(
            event_id="e",
            alert_id="a",
            rule="r",
            state="firing",
            severity="critical",
            metric="error_rate",
            value=0.5,
            threshold=0.1,
            window_seconds=60,
            dimensions={"service": "s"},
            environment="dev",
            started_at=AT,
            changed_at=AT,
            detected_at=AT,
        ),
    ),
    (
        "dead_letter",
        DeadLetter(
            event_id="e",
            step="open",
            error_type="unknown_key",
            message="m",
            source=Coordinates(source="t", offset=3),
            environment="dev",
            failed_at=AT,
            original=b"\x00\xff",
        ),
    ),
    ("audit", AuditEntry(event_id="e", at=AT, actor="a", action="keys.retire", target="k", details={"keys": "1"})),
]


def test_the_files_are_what_the_types_give() -> None:
    assert generate.drift() == [], "run `python -m nilometer.schemas.generate`"


def test_readers_of_every_released_revision_can_follow() -> None:
    assert generate.breaks() == [], "keep the type compatible, or make another major version"


def test_released_files_are_as_they_were_released() -> None:
    assert generate.tampered() == []


def test_git_knows_released_files_only_as_added() -> None:
    """The digests could be made anew with the files; the history could not."""
    folder = generate.PUBLISHED / contract.VERSION
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("not a git clone")
    command = ["git", "log", "--no-renames", "--format=", "--name-status", "--diff-filter=MDT", "--", str(folder)]
    log = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    changed = [line for line in log.stdout.splitlines() if not line.endswith(generate.DIGESTS)]
    assert changed == [], "a released revision was changed or taken away"
    status = subprocess.run(
        ["git", "diff", "HEAD", "--no-renames", "--name-status", "--diff-filter=MDT", "--", str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in status.stdout.splitlines() if not line.endswith(generate.DIGESTS)] == []


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_events_on_the_wire_are_what_the_schemas_say(kind: str, event: Any) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(documents()[kind], format_checker=checker)
    on_the_wire = json.loads(msgspec.json.encode(event))
    validator.validate(on_the_wire)
    closed = jsonschema.Draft202012Validator(contract.closed(documents()[kind]))
    closed.validate(on_the_wire)
    if kind == "raw":
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(on_the_wire | {"unheard_of": 1})


def test_there_is_an_example_of_every_kind() -> None:
    assert {kind for kind, _ in EXAMPLES} == set(KINDS)


def test_schemas_are_schemas_and_every_field_that_has_a_note_shows_it() -> None:
    for kind, schema in documents().items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:nilometer:schema:{kind}:v1"
        assert schema["description"]
    assert documents()["span"]["properties"]["ended_at"]["description"] == "None where the source did not record it."
    assert documents()["span"]["properties"]["cost"]["anyOf"][0]["format"] == "decimal"
    assert documents()["rollup"]["properties"]["published_at"]["format"] == "date-time"


def test_the_asyncapi_document_follows_asyncapis_own_schema() -> None:
    """asyncapi-3.0.0.json.gz is schemas/3.0.0.json of the npm package @asyncapi/specs 6.11.1 (Apache-2.0), unchanged
    but for white space."""
    meta = json.loads(gzip.decompress((Path(__file__).parent / "asyncapi-3.0.0.json.gz").read_bytes()))
    validator = jsonschema.Draft7Validator(meta)
    document = asyncapi()
    validator.validate(document)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document | {"channels": {"raw": {"adress": "t"}}})
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document | {"asyncapi": "2.6.0"})


def test_the_asyncapi_document_names_every_topic_with_its_configuration() -> None:
    channels = asyncapi()["channels"]
    for topic in topics(Settings(environment="dev")):
        channel = channels[topic.name.rpartition(".")[2]]
        assert channel["address"].format(environment="dev") == topic.name
        binding = channel["bindings"]["kafka"]
        assert binding["partitions"] == topic.partitions
        shown = {k: ",".join(v) if isinstance(v, list) else str(v) for k, v in binding["topicConfiguration"].items()}
        assert shown == topic.config
    assert len(channels) == len(topics(Settings()))


def test_references_in_the_asyncapi_document_lead_somewhere() -> None:
    document = asyncapi()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            # Payloads are documents of their own, with an $id.
            inner = [found for key, value in node.items() if key != "payload" for found in references(value)]
            return [node["$ref"], *inner] if "$ref" in node else inner
        return [found for item in node for found in references(item)] if isinstance(node, list) else []

    found = references(document)
    assert found
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


@pytest.mark.parametrize(("kind", "event"), [pair for pair in EXAMPLES if pair[0] != "raw"])
def test_headers_are_what_the_asyncapi_document_says(kind: str, event: Any) -> None:
    schema = asyncapi()["components"]["messages"][kind]["headers"]["schema"]
    headers = {name: value.decode() for name, value in encode(event, "dev").headers}
    jsonschema.validate(headers, schema | {"additionalProperties": False})
    assert headers["ce_dataschema"] == documents()[kind]["$id"]


def test_headers_of_a_sealed_batch_are_what_the_asyncapi_document_says(tmp_path: Path) -> None:
    schema = asyncapi()["components"]["messages"]["sealed_batch"]["headers"]["schema"]
    message = seal(b"{}", "application/json", create_key(tmp_path), "dev")
    headers = {name: value.decode() for name, value in message.headers}
    jsonschema.validate(headers, schema | {"additionalProperties": False})


def test_generating_refuses_a_break_and_leaves_the_files_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--folder", str(tmp_path), "--release"]) == 0
    assert generate.main(["--folder", str(tmp_path), "--check"]) == 0
    before = {file.name: file.read_bytes() for file in tmp_path.rglob("*.json")}

    broken = documents()
    broken["alert"]["required"].append("summary")
    del broken["span"]["properties"]["feature"]
    monkeypatch.setattr(generate, "documents", lambda: broken)
    for arguments in ([], ["--check"], ["--release"]):
        assert generate.main(["--folder", str(tmp_path), *arguments]) == 1
        said = capsys.readouterr().err
        assert "backward-incompatible: alert.1.json: $.summary: required now" in said
        assert "backward-incompatible: span.1.json: $.feature: removed" in said
    assert {file.name: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_a_compatible_change_is_a_new_revision_and_old_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate.main(["--folder", str(tmp_path), "--release"]) == 0
    first = (tmp_path / "v1" / "alert.1.json").read_bytes()
    wider = documents()
    wider["alert"]["properties"]["team"] = {"type": "string", "default": ""}
    monkeypatch.setattr(generate, "documents", lambda: wider)
    assert generate.main(["--folder", str(tmp_path), "--check"]) == 1, "not written yet"
    assert generate.main(["--folder", str(tmp_path), "--release"]) == 0
    assert generate.main(["--folder", str(tmp_path), "--check"]) == 0
    assert (tmp_path / "v1" / "alert.1.json").read_bytes() == first
    assert [file.name for file in generate.revisions(tmp_path)["alert"]] == ["alert.1.json", "alert.2.json"]
    assert len(generate.revisions(tmp_path)["span"]) == 1


def test_a_revision_rewritten_or_slipped_in_by_hand_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--folder", str(tmp_path), "--release"]) == 0
    released = tmp_path / "v1" / "alert.1.json"
    released.write_text(released.read_text().replace('"severity"', '"gravity"'))
    (tmp_path / "v1" / "span.1.json").unlink()
    (tmp_path / "v1" / "audit.2.json").write_bytes((tmp_path / "v1" / "audit.1.json").read_bytes())
    assert generate.tampered(tmp_path) == ["alert.1.json", "audit.2.json", "span.1.json"]
    assert generate.main(["--folder", str(tmp_path)]) == 1
    assert "a released file was changed: alert.1.json" in capsys.readouterr().err
