"""Which spans a destination gets, and what its settings refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.settings import Destination, ForwardSettings
from nilometer.streams.forward.choose import chosen, sampled
from tests.console.command import here
from tests.support.traffic import START, priced, trace_id

SECRET = "sk-secret-value"


def to(**fields: Any) -> Destination:
    return Destination.model_validate({"name": "there", "endpoint": "http://localhost:4318"} | fields)


@pytest.mark.parametrize(
    ("filters", "passes", "stays"),
    [
        ({}, {}, None),
        ({"projects": ["a", "b"]}, {"project": "b"}, {"project": "c"}),
        ({"projects": ["a"]}, {"project": "a"}, {}),
        ({"services": ["shop"]}, {"service": "shop"}, {"service": "other"}),
        ({"features": ["support"]}, {"feature": "support"}, {"feature": None}),
        ({"operations": ["execute_tool"]}, {"operation": "execute_tool"}, {"operation": "chat"}),
        ({"status": "error"}, {"status": "error"}, {"status": "ok"}),
        ({"calls_only": True}, {"operation": "embeddings"}, {"operation": "execute_tool"}),
        ({"calls_only": True, "status": "error"}, {"status": "error"}, {"status": "error", "operation": None}),
        ({"sample": 0}, None, {}),
    ],
)
def test_filters(filters: dict[str, Any], passes: dict[str, Any] | None, stays: dict[str, Any] | None) -> None:
    if passes is not None:
        span = priced(**passes)
        assert chosen(span, to(**filters)) is span
    if stays is not None:
        assert chosen(priced(**stays), to(**filters)) is None


def test_feedback_is_never_sent() -> None:
    feedback = MaskedFeedback(event_id="f", feedback_id="f", trace_id=trace_id(1), created_at=START)
    assert chosen(feedback, to()) is None


def test_a_sample_is_of_whole_traces_and_always_the_same() -> None:
    ids = [trace_id(n) for n in range(10_000)]
    tenth = {one for one in ids if sampled(one, 0.1)}
    assert 850 < len(tenth) < 1_150
    assert tenth == {one for one in ids if sampled(one, 0.1)}
    assert tenth < {one for one in ids if sampled(one, 0.3)}, "a larger share has the smaller one in it"
    assert all(sampled(one, 1) for one in ids)


@pytest.mark.parametrize(
    "endpoint",
    [
        "localhost:4318",
        "ftp://h",
        "http://",
        f"https://user:{SECRET}@h",
        f"https://h/?key={SECRET}",
        f"https://h#{SECRET}",
    ],
)
def test_bad_endpoints_are_refused_without_being_quoted(endpoint: str) -> None:
    with pytest.raises(ValidationError) as error:
        to(endpoint=endpoint)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("headers", [{"bad name": "x"}, {"x": "a\nb"}, {"x": f"{SECRET}\r\nEvil: 1"}])
def test_bad_headers_are_refused_without_being_quoted(headers: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as error:
        to(headers=headers)
    assert SECRET not in str(error.value)


def test_headers_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_text(f"Authorization: Bearer {SECRET}\n\nx-project-name:  p \n")
    destination = to(headers={"own": SecretStr("1")}, headers_file=file)
    assert destination.secret_headers() == {"own": "1", "Authorization": f"Bearer {SECRET}", "x-project-name": "p"}
    assert SECRET not in repr(destination)
    file.write_text(f"fine: 1\n{SECRET}\n")
    with pytest.raises(ConfigurationError, match=r"there: .*headers, line 2: not `Name: value`") as error:
        destination.secret_headers()
    assert SECRET not in str(error.value)
    file.unlink()
    with pytest.raises(ConfigurationError, match="cannot read the secret file"):
        destination.secret_headers()


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://localhost:6006", "http://localhost:6006/v1/traces"),
        ("http://localhost:6006/", "http://localhost:6006/v1/traces"),
        ("https://cloud.langfuse.com/api/public/otel", "https://cloud.langfuse.com/api/public/otel/v1/traces"),
        ("https://trace.wandb.ai/otel/v1/traces", "https://trace.wandb.ai/otel/v1/traces"),
    ],
)
def test_the_path_is_put_behind_the_endpoint(endpoint: str, url: str) -> None:
    assert to(endpoint=endpoint).url() == url
    assert to(endpoint=endpoint).url("logs") == url.removesuffix("traces") + "logs"


def test_two_destinations_need_two_names_and_logs_no_filter_that_only_spans_know() -> None:
    with pytest.raises(ValidationError, match="two destinations are called 'there'"):
        ForwardSettings(destinations=[to(), to()])
    with pytest.raises(ValidationError, match="logs cannot be filtered"):
        to(logs=True, projects=["a"])


def test_headers_are_not_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    destination = {"name": "there", "endpoint": "http://localhost", "headers": {"x-api-key": SECRET}}
    monkeypatch.setenv("NILOMETER_FORWARD__DESTINATIONS", json.dumps([destination]))
    for command in (("config", "show"), ("config", "show", "--format", "json"), ("config", "check")):
        done = here(monkeypatch, capsys, *command)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
    bad = [destination | {"endpoint": f"https://user:{SECRET}@h"}]
    monkeypatch.setenv("NILOMETER_FORWARD__DESTINATIONS", json.dumps(bad))
    done = here(monkeypatch, capsys, "config", "check")
    assert done.returncode == 2
    assert "forward.destinations.0.endpoint" in done.stderr
    assert SECRET not in done.stdout + done.stderr
