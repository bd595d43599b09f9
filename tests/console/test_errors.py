"""Mistakes of a person end in one line that says what to do, and in an exit code that means something."""

import json
import stat
from pathlib import Path

import pytest

from nilometer.console.settingspage import page
from tests.console.command import here, nilometer
from tests.console.events import write

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["sql"], 2, "query"),
        (["nonsense"], 2, "nonsense"),
        (["run", "everything"], 2, "everything"),
        (["backfill", "no-such-file.jsonl"], 2, "no-such-file.jsonl: no such file"),
        (["backfill", "EVENTS", "--started-at", "soon"], 2, "--started-at"),
        (["--environment", "Not A Name", "keys", "list"], 2, "environment"),
        (["--config", "no-such.toml", "keys", "list"], 2, "no-such.toml: no such file"),
        (["publish", "EVENTS"], 3, "nilometer up"),
        (["topics", "plan"], 3, "nilometer up"),
        (["keys", "retire", "0123456789abcdef", "--yes"], 4, "nilometer keys list"),
        (["dead", "show", "0123"], 2, "nilometer dead list"),
        (["dead", "retry"], 2, "--all"),
        (["sql", "SELECT 1", "--format", "xml"], 2, "--format"),
    ],
)
def test_one_line_without_a_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    events = write(tmp_path / "events.jsonl", range(1))
    words = [str(events) if word == "EVENTS" else word for word in arguments]
    monkeypatch.chdir(tmp_path)
    done = here(monkeypatch, capsys, *words, "--home", tmp_path / "home")
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_unreachable_broker_is_exit_code_3(tmp_path: Path) -> None:
    extra = {"NILOMETER_BROKER__BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    done = nilometer("topics", "plan", "--home", tmp_path, extra=extra)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1


def test_config_check_names_the_setting_and_never_its_value(tmp_path: Path) -> None:
    config = tmp_path / "nilometer.toml"
    config.write_text('[broker]\nsecurity_protocol = "s3cr3t-value"\n', encoding="utf-8")
    done = nilometer("config", "check", "--config", config, "--home", tmp_path)
    assert done.returncode == 2
    assert "broker.security_protocol" in done.stderr
    assert "s3cr3t-value" not in done.stderr


def test_a_misspelt_variable_is_found(tmp_path: Path) -> None:
    done = nilometer("config", "check", "--home", tmp_path, extra={"NILOMETER_BROKER__PASSWORT": "s3cr3t-value"})
    assert done.returncode != 0
    assert "broker" in done.stderr.lower()
    assert "s3cr3t-value" not in done.stderr


def test_config_show_tells_where_values_come_from_but_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "nilometer.toml"
    config.write_text('[broker]\nsasl_password = "s3cr3t-value"\n[up]\nworkers = 3\n', encoding="utf-8")
    extra = {"NILOMETER_TOPICS__PARTITIONS": "7"}
    done = nilometer("config", "show", "--changed", "--config", config, "--home", tmp_path, extra=extra)
    assert done.returncode == 0, done.stderr
    assert "s3cr3t-value" not in done.stdout
    lines = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("│")}
    assert "NILOMETER_TOPICS__PARTITIONS" in lines["topics.partitions"]
    assert str(config) in lines["up.workers"]
    assert "not shown" in lines["broker.sasl_password"]
    assert "--home" in lines["home"]


def test_global_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    before = nilometer("--home", tmp_path, "keys", "create")
    after = nilometer("keys", "list", f"--home={tmp_path}", "--format", "json")
    assert before.returncode == after.returncode == 0
    assert after.stdout.count("key_id") == 1


@pytest.mark.parametrize(
    "command",
    [
        *("up", "publish", "backfill", "sql", "alerts", "run", "doctor", "demo", "dead list", "dead show"),
        *("dead retry", "topics plan", "topics create", "keys create", "keys list", "keys retire"),
        *("config show", "config check", "config list", "mask", "subject find", "subject pseudonyms"),
        *("subject export", "subject erase", "keys pseudonym list", "keys pseudonym rotate", "keys pseudonym retire"),
    ],
)
def test_every_help_shows_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    done = here(monkeypatch, capsys, *command.split(), "--help")
    assert done.returncode == 0
    assert f"  nilometer {command}" in done.stdout.replace("--environment prod ", "").replace("--config prod.toml ", "")


def test_doctor_finds_what_is_planted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert nilometer("keys", "create", "--home", home).returncode == 0
    private = next((home / "keys" / "dev").glob("*.private"))
    private.chmod(0o644)
    spool = home / "spool" / "dev"
    spool.mkdir(parents=True)
    (spool / "batch").write_bytes(b"sealed")
    write(tmp_path / "events.jsonl", range(1), '{"type": "span"')
    nilometer("backfill", tmp_path / "events.jsonl", "--home", home)
    extra = {"NILOMETER_BROKER__BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    done = nilometer("doctor", "--format", "json", "--home", home, extra=extra)
    assert done.returncode == 1
    found = {(f["check"], f["health"]): f["what"] for f in json.loads(done.stdout) if f["health"] != "ok"}
    assert "mode 644" in found["keys", "problem"]
    assert "cannot reach the broker" in found["broker", "problem"]
    dead = [f["what"] for f in json.loads(done.stdout) if f["check"] == "dead letters"]
    assert [what.split(":")[0] for what in dead] == ["1 at decode", "1 at validate"]
    assert "wait in" in found["spool", "warning"]
    assert all(f["what to do"] for f in json.loads(done.stdout) if f["health"] in {"problem", "warning"})
    private.chmod(stat.S_IRUSR | stat.S_IWUSR)
    healed = nilometer("doctor", "--home", home)
    assert healed.returncode == 0, healed.stdout


def test_the_page_of_settings_is_what_the_model_says() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page(), (
        "run `python -m nilometer.console.settingspage > docs/settings.md`"
    )
