"""`nilometer mask` and `nilometer config check`, as a person runs them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.console.command import COMMAND, environment, here, nilometer

MAIL = "mia.li3818@example.com"


def run(home: Path, *arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "mask", *map(str, arguments), "--home", str(home)],
        env=environment(), input=stdin, capture_output=True, timeout=240, check=False,
    )  # fmt: skip


def test_each_line_is_an_object_with_places_of_the_input(tmp_path: Path) -> None:
    lines = [f"🎉 write to {MAIL}", '{"first_name": "Mi\\u00e0", "n": 12}', "", "nothing"]
    done = run(tmp_path, "--lines", "--format", "json", stdin="\n".join(lines).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [answer["text"] for answer in answers] == [
        "🎉 write to <EMAIL_ADDRESS>", '{"first_name": "<PERSON>", "n": 12}', "", "nothing",
    ]  # fmt: skip
    (first,) = answers[0]["findings"]
    assert first == {"kind": "EMAIL_ADDRESS", "start": 11, "end": 33, "score": 1.0, "recogniser": "EmailRecognizer"}
    assert lines[0][first["start"] : first["end"]] == MAIL
    assert [lines[1][f["start"] : f["end"]] for f in answers[1]["findings"]] == ["Mi\\u00e0"]
    assert answers[2:] == [{"text": "", "findings": []}, {"text": "nothing", "findings": []}]


def test_the_lines_of_a_private_key_are_masked_though_each_is_a_text_of_its_own(tmp_path: Path) -> None:
    body = [
        "GqOUkZMA88MHVLB62f+X9wTaJgdQvWbXfHO09wodI1g2CoAefzDz0V9BZf8PaO6/",
        "I+0KaOpm5v1OcM/XqVBi4LolROlebOrK",
        "aB0=",
    ]
    first, last = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    lines = ["see:", first, *body, last, body[1], "app | " + first, "app | " + body[1], "app | a word", f"app | {last}"]
    done = run(tmp_path, "--lines", "--format", "json", stdin="\n".join(lines).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    masked = "<PRIVATE_KEY>"
    shown = [answer["text"] for answer in answers]
    assert shown[2:5] == [masked] * 3
    assert [shown[0], shown[6], shown[8], shown[9]] == ["see:", body[1], masked, "app | a word"]
    places = [(f["kind"], f["start"], f["end"]) for answer in answers[2:5] for f in answer["findings"]]
    assert places == [("PRIVATE_KEY", 0, len(line)) for line in body]


def test_what_cannot_be_masked_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "nilometer.toml").write_text("[masking]\nmax_text_characters = 1000\n")
    long = f"{MAIL} " * 300
    source = f"{MAIL}\n{long}\n".encode() + b"\xff" + MAIL.encode() + b"\nfine"
    done = run(tmp_path, "--lines", "--config", tmp_path / "nilometer.toml", stdin=source)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == ["<EMAIL_ADDRESS>", "<MASKING_FAILED>", "<MASKING_FAILED>", "fine"]
    said = done.stderr.decode()
    assert "line 2: text_too_long" in said
    assert "line 3: not_utf8: not UTF-8 from byte 0 on" in said
    assert MAIL not in said
    whole = run(tmp_path, "--config", tmp_path / "nilometer.toml", stdin=source)
    assert (whole.returncode, MAIL.encode() in whole.stdout + whole.stderr) == (1, False)


def test_a_file_keeps_every_other_byte(tmp_path: Path) -> None:
    source = f'Dear all,\r\n\r\n{{\n "email":\n  "{MAIL}"\n}}\n\x00 end'
    file = tmp_path / "letter.txt"
    file.write_bytes(source.encode())
    done = run(tmp_path, file)
    assert done.stdout.decode() == source.replace(MAIL, "<EMAIL_ADDRESS>")


def test_lines_are_answered_before_the_input_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "mask", "--lines", "--home", str(tmp_path)],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{MAIL}\n".encode())
    process.stdin.flush()
    assert os.read(process.stdout.fileno(), 100) == b"<EMAIL_ADDRESS>\n"
    process.stdin.write(b"more\n")
    process.stdin.close()
    assert process.stdout.read() == b"more\n"
    process.stdout.close()
    assert process.wait(60) == 0


def test_explain_shows_places_and_no_values(tmp_path: Path) -> None:
    done = nilometer("mask", "--explain", "--home", tmp_path, stdin=f"write to {MAIL}")
    assert done.returncode == 0
    assert "EMAIL_ADDRESS" in done.stdout
    assert "EmailRecognizer" in done.stdout
    assert "1 EMAIL_ADDRESS" in done.stderr
    assert MAIL not in done.stdout + done.stderr


def test_another_policy_can_be_tried(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[[masking.rules]]\naction = "keep"\nkinds = ["EMAIL_ADDRESS"]\nproject = "shop"\n'
        '[[masking.rules]]\naction = "partial"\nkinds = ["CREDIT_CARD"]\nfield = "tool_result"\n'
    )
    text = f"{MAIL} 4111 1111 1111 1111"
    done = nilometer(
        "mask", "--policy", policy, "--project", "shop", "--field", "tool_result", "--home", tmp_path, stdin=text
    )
    assert done.stdout == f"{MAIL} <CREDIT_CARD:…1111>"
    assert (
        nilometer("mask", "--policy", policy, "--home", tmp_path, stdin=text).stdout == "<EMAIL_ADDRESS> <CREDIT_CARD>"
    )


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["mask", "--field", "tol_result"], "did you mean 'tool_result'"),
        (["mask", "--policy", "no-such.toml"], "no-such.toml"),
        (["mask", "no-such-file.txt"], "no-such-file.txt"),
    ],
)
def test_mistakes_are_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], word: str
) -> None:
    done = here(monkeypatch, capsys, *arguments, "--home", tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert word in done.stderr


def test_config_check_refuses_a_policy_that_lets_a_class_through(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "nilometer.toml"
    kept = '[[masking.rules]]\naction = "keep"\nkinds = ["secrets"]\n'
    file.write_text(kept + '[[masking.rules]]\naction = "keep"\nkinds = ["names"]\nenvironment = "prod"\n')
    done = here(monkeypatch, capsys, "config", "check", "--config", file, "--home", tmp_path)
    assert done.returncode == 1
    assert 'add "secrets" to masking.accept' in done.stderr
    assert 'add "names" to masking.accept (in the environment prod)' in done.stderr
    file.write_text('[masking]\naccept = ["secrets"]\n' + kept)
    assert here(monkeypatch, capsys, "config", "check", "--config", file, "--home", tmp_path).returncode == 0
    file.write_text('[[masking.rules]]\naction = "keep"\nkinds = ["secret"]\n')
    done = here(monkeypatch, capsys, "config", "check", "--config", file, "--home", tmp_path)
    assert (done.returncode, "did you mean 'secrets'" in done.stderr) == (2, True)


def test_projects_are_checked_with_those_that_are_known_and_doctor_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "nilometer.toml"
    file.write_text('[[masking.rules]]\naction = "hash"\nkinds = ["names"]\nproject = "chekout"\n')
    given = ("--config", file, "--home", tmp_path)
    done = here(monkeypatch, capsys, "config", "check", *given)
    assert (done.returncode, "none is known yet" in done.stderr) == (0, True)
    assert here(monkeypatch, capsys, "keys", "api", "create", "shop", "--project", "checkout", *given).returncode == 0
    done = here(monkeypatch, capsys, "config", "check", *given)
    assert done.returncode == 1
    assert "masking.rules[0].project: no such project: 'chekout'; did you mean 'checkout'?" in done.stderr
    found = json.loads(here(monkeypatch, capsys, "doctor", "--format", "json", *given).stdout)
    (policy,) = [one for one in found if one["check"] == "masking policy"]
    assert (policy["health"], "did you mean 'checkout'" in policy["what"]) == ("problem", True)


def test_a_policy_that_would_be_refused_can_be_tried_and_is_said_to_be(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[masking.rules]]\naction = "keep"\nkinds = ["names"]\n')
    done = nilometer("mask", "--policy", policy, "--home", tmp_path, stdin="I am Maria Gonzalez, mia@mail.example")
    assert (done.returncode, done.stdout) == (0, "I am Maria Gonzalez, <EMAIL_ADDRESS>")
    assert "a worker would not start with this policy: masking.rules[0]: nothing of the class names" in done.stderr
