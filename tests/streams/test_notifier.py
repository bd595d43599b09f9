"""Each change of an alert reaches every target at least once, and nothing secret is told on the way."""

import io
import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nilometer.schemas.alert import Alert
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.publisher import Publisher
from nilometer.schemas.settings import NotifierSettings, Settings
from nilometer.streams.notify.message import line
from nilometer.streams.notify.targets import Console, make_targets
from tests.streams.processes import Service, until
from tests.support.tansu import consume, tansu

TOKEN = "T0ken-in-the-url"


def alert(number: int, age: float = 0, **more: Any) -> Alert:
    values: dict[str, Any] = {
        "event_id": f"change-{number}",
        "alert_id": f"alert-{number}",
        "rule": "error-rate",
        "state": "firing",
        "severity": "critical",
        "metric": "error_rate",
        "value": 0.5,
        "threshold": 0.2,
        "window_seconds": 60,
        "dimensions": {"feature": "support"},
        "environment": "dev",
        "started_at": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "changed_at": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "detected_at": datetime.now(UTC) - timedelta(seconds=age),
    }
    return Alert(**values | more)


class Hooks:
    """A web server that takes alerts, after answering with some errors first."""

    def __init__(self, answers: Sequence[int] = ()) -> None:
        self.answers = list(answers)
        self.taken: list[str] = []
        self.asked = 0

    @contextmanager
    def serve(self) -> Generator[str]:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hooks.asked += 1
                answer = hooks.answers.pop(0) if hooks.answers else 204
                if answer < 300:
                    hooks.taken.append(json.loads(body)["event_id"])
                self.send_response(answer)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{TOKEN}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def publish(settings: Settings, *alerts: Alert) -> None:
    publisher = Publisher(settings, threading.Event())
    assert publisher.deliver([publisher.pack("alerts", one) for one in alerts]) == []


def notifier(settings: Settings, *urls: str, **more: str) -> Service:
    hooks = {"NILOMETER_NOTIFIER__WEBHOOKS": json.dumps(urls)}
    return Service(settings, "notifier", "notify", **hooks, **more)


def test_a_webhook_that_fails_first_gets_it_in_the_end_and_only_once(tmp_path: Path) -> None:
    hooks = Hooks([503, 429])
    with tansu(tmp_path) as settings, hooks.serve() as url:
        publish(settings, alert(1, age=3600), alert(2))
        with notifier(settings, url) as service:
            until(lambda: hooks.taken == ["change-2"])
            publish(settings, alert(3))
            until(lambda: hooks.taken == ["change-2", "change-3"])
            assert service.stop() == 0
            assert not service.ready_file.exists()
        with notifier(settings, url) as service:
            publish(settings, alert(4, age=3600))
            until(lambda: "change-4" in hooks.taken)
            assert service.stop() == 0
        assert hooks.taken == ["change-2", "change-3", "change-4"], "what a first start lets go, a later one sends"
        assert hooks.asked == 5
        assert service.out.read_text().count("FIRING critical error-rate (feature=support) in dev") == 3
        assert "\x1b" not in service.out.read_text(), "no colours but on a terminal"
        assert TOKEN not in service.log.read_text()


def test_one_target_that_is_gone_holds_up_nobody_and_leaves_a_dead_letter(tmp_path: Path) -> None:
    hooks = Hooks()
    refusing = Hooks([404])
    with tansu(tmp_path) as settings, hooks.serve() as url, refusing.serve() as other:
        gone = f"http://127.0.0.1:1/{TOKEN}"
        with notifier(settings, gone, url, other, NILOMETER_NOTIFIER__ATTEMPTS="2") as service:
            publish(settings, alert(1))
            until(lambda: hooks.taken == ["change-1"])
            [letter] = consume(settings, "dead", 1)
            dead = json.loads(letter.value)
            assert (dead["step"], dead["error_type"]) == ("notify", "undelivered")
            assert "webhook 1: ConnectError after 2 attempts" in dead["message"]
            assert "webhook 3: HTTP 404 after 1 attempt;" in dead["message"], "trying again would not help"
            assert service.stop() == 0
        told = service.log.read_text() + service.out.read_text() + letter.value.decode()
        assert TOKEN not in told


def test_killed_before_it_was_taken_it_is_sent_again(tmp_path: Path) -> None:
    """Invariant 1: the offset is committed after the targets have taken the change."""
    hooks = Hooks([503] * 3)
    with tansu(tmp_path) as settings, hooks.serve() as url:
        publish(settings, alert(1))
        with notifier(settings, url) as service:
            until(lambda: hooks.asked >= 1)
            service.kill()
        hooks.answers.clear()
        with notifier(settings, url) as service:
            until(lambda: hooks.taken == ["change-1"])
            assert service.stop() == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_on_a_terminal_unless_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    Console(out).send(alert(1))
    assert "\x1b[31mFIRING" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    Console(out).send(alert(1))
    assert "\x1b" not in out.getvalue()


def test_a_line_says_what_where_and_since_when() -> None:
    told = line(alert(1, summary="Look.", runbook_url="https://example.com/r", state="resolved"), colour=False)
    assert told == (
        "2026-11-23T12:00:00Z RESOLVED critical error-rate (feature=support) in dev: "
        "error_rate = 0.5 (threshold 0.2, over 60 s); since 2026-11-23 12:00:00 UTC, now 2026-11-23 12:00:00 UTC; "
        "Look.; runbook: https://example.com/r"
    )


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")  # in Apprise's plugins
def test_targets_come_from_settings_and_files(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text(f"http://a/{TOKEN}\n\nhttp://b/{TOKEN}\n")
    apprise = tmp_path / "apprise"
    apprise.write_text("json://localhost/\n")
    settings = NotifierSettings(webhooks_file=file, apprise_file=apprise)
    assert [t.name for t in make_targets(settings, io.StringIO())] == ["stdout", "webhook 1", "webhook 2", "apprise 1"]


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_an_unknown_service_is_refused_without_its_url(capfd: pytest.CaptureFixture[str]) -> None:
    settings = NotifierSettings.model_validate({"stdout": False, "apprise": [f"nosuch://{TOKEN}"]})
    with pytest.raises(ConfigurationError, match="entry 1") as caught:
        make_targets(settings, io.StringIO())
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(capfd.readouterr())
