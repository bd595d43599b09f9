"""A found secret is an event: which service leaks which kind of key, and never the key."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nilometer.schemas import wire
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.keys import create_key
from nilometer.schemas.rollup import Cell
from nilometer.schemas.settings import DetectorSettings, Rule
from nilometer.streams.rollup import RecentIds, count_secrets, with_secrets
from nilometer.streams.watch import Watch
from tests.streams.processes import Service, until
from tests.streams.rollups import at, cell, rollup, told
from tests.streams.test_rollup import AT, call
from tests.streams.test_worker import WORKER, everything, read, send, span
from tests.support.tansu import consume, tansu

# Put together here, so that no scanner of this repository takes it for a real one.
KEY = "AKIA" + "QYLPMN5HHHFPZAM2"


def leak(kind: str, count: int = 1, **dimensions: str) -> Cell:
    return cell(0, 0, {"secret_kind": kind, **dimensions}, secrets=count)


def test_secrets_of_every_event_count_by_service_and_kind_and_each_once() -> None:
    recent = RecentIds(10)
    recent.add("e9")
    ended = AT + timedelta(seconds=90)
    tool = call(
        2, operation="execute_tool", service="shop", masked={"API_KEY": 1, "JWT": 2, "PERSON": 3}, ended_at=ended
    )
    comment = MaskedFeedback(
        event_id="f", feedback_id="f", trace_id="a" * 32, created_at=AT, service="shop", masked={"API_KEY": 4}
    )
    events = [call(1, masked={"PERSON": 1}), tool, tool, comment, call(9, masked={"API_KEY": 1})]
    cells = count_secrets(with_secrets(events, recent), ["service", "user_id"])
    start = int(AT.timestamp())
    assert [(c.second - start, c.dimensions, c.secrets, c.calls) for c in cells] == [
        (0, {"service": "shop", "secret_kind": "API_KEY"}, 4, 0),
        (90, {"service": "shop", "secret_kind": "API_KEY"}, 1, 0),
        (90, {"service": "shop", "secret_kind": "JWT"}, 2, 0),
    ]


def test_a_leak_alerts_at_once_whatever_rules_are_given() -> None:
    silence = Rule(name="silence", metric="calls_per_minute", below=Decimal(1), minimum_calls=0, by=["service"])
    watch = Watch(DetectorSettings(rules=[silence], resolve_seconds=10, watermark_seconds=5), "test")
    [fired] = watch.apply([rollup([leak("API_KEY", 2, service="shop")], 0)], at(0))
    assert (fired.rule, fired.severity, fired.value) == ("secret_leaked", "critical", 2)
    assert fired.dimensions == {"service": "shop", "secret_kind": "API_KEY"}
    assert told(watch.apply([rollup([leak("JWT", service="shop")], 1)], at(1))) == [
        ("secret_leaked", "firing", {"service": "shop", "secret_kind": "JWT"})
    ]
    assert {r for r, _, _ in told(watch.advance(at(890)))} == set(), "a service that makes no calls is no silence"
    assert {s for _, s, _ in told(watch.advance(at(2000)))} == {"resolved"}


def test_the_rule_can_be_turned_off_or_be_ones_own() -> None:
    watch = Watch(DetectorSettings(rules=[], secret_alert=False), "test")
    assert watch.apply([rollup([leak("API_KEY")], 0)], at(0)) == []
    own = Rule(name="secret_leaked", metric="secrets_found", above=Decimal(5), by=["project"], severity="info")
    watch = Watch(DetectorSettings(rules=[own]), "test")
    assert watch.apply([rollup([leak("API_KEY", 5, project="p")], 0)], at(0)) == []
    [fired] = watch.apply([rollup([leak("JWT", project="p")], 1)], at(1))
    assert (fired.severity, fired.dimensions, fired.value) == ("info", {"project": "p"}, 6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "error_rate", "above": "0.5", "by": ["secret_kind"]},
        {"metric": "secrets_found", "below": "1"},
    ],
)
def test_rules_on_secrets_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"secret_kind|secrets_found"):
        Rule.model_validate({"name": "r"} | wrong)


def test_from_a_prompt_to_an_alert_and_a_kill_adds_nothing(tmp_path: Path) -> None:
    with tansu(tmp_path) as settings:
        text = f"use {KEY} for the upload"
        said = [{"role": "user", "parts": [{"type": "text", "content": text}]}]
        leaking = msgspec.structs.replace(span(0, 0), service="shop", input_messages=said, operation="execute_tool")
        comment = RawFeedback(
            feedback_id="f-1", trace_id=leaking.trace_id, created_at=datetime.now(UTC), service="shop", comment=text
        )
        create_key(settings.keys_directory())
        with (
            Service(settings, "detector", "detector"),
            Service(settings, "worker-1", "worker", "--name", "worker-1", **WORKER) as worker,
        ):
            send(settings, [wire.encode_jsonl([leaking, comment])])
            [alert] = [json.loads(one.value) for one in consume(settings, "alerts", 1)]
            worker.kill()
            worker.start()
            # A resend: told again, not counted again.
            send(settings, [wire.encode_jsonl([leaking, span(1, 1)])])
            read(settings, "events", 4)
            until(
                lambda: sum(c.get("calls", 0) for r in everything(settings, "rollups") for c in r.get("cells", [])) == 1
            )
            assert worker.stop() == 0
        assert (alert["rule"], alert["state"], alert["severity"]) == ("secret_leaked", "firing", "critical")
        assert alert["dimensions"] == {"service": "shop", "secret_kind": "API_KEY"}
        cells = [c for r in everything(settings, "rollups") for c in r.get("cells", []) if "secrets" in c]
        assert {c["dimensions"]["secret_kind"] for c in cells} == {"API_KEY"}
        told_in_all = json.dumps([everything(settings, name) for name in ("events", "rollups", "alerts", "dead")])
        told_in_all += worker.log.read_text() + worker.out.read_text()
        assert KEY not in told_in_all
