"""`nilometer subject` and `keys pseudonym`: those who have the key find a person's rows again, and only they."""

import json
import shutil
from pathlib import Path

from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import MaskingSettings, load_settings
from nilometer.streams.mask import Masker
from nilometer.warehouse.writer import Writer
from tests.console.command import nilometer, rows
from tests.support.lake import span

USER = "mia_li_3668"


def test_a_persons_rows_across_a_rotation_of_the_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = load_settings(home=home)
    create_key(settings.keys_directory())
    _add(home, 0)
    assert nilometer("keys", "pseudonym", "rotate", "--home", home).returncode == 0
    _add(home, 10)
    with Writer(settings) as writer:
        writer.write([span(20, user_id="u_0123456789abcdef")])

    done = nilometer("subject", "find", "--format", "json", "--home", home, stdin=f"{USER}\n")
    found = json.loads(done.stdout)
    assert [one["generation"] for one in found["pseudonyms"]] == [2, 1]
    assert found["traces"] == 2
    assert found["rows"]["spans"] == 2
    assert len({row["user_id"] for row in rows(home, "SELECT user_id FROM spans")}) == 3

    mapping = json.loads(
        nilometer("subject", "pseudonyms", "--format", "json", "--home", home, stdin=f"x\n{USER}\n").stdout
    )
    assert [(row["line"], row["generation"]) for row in mapping] == [(1, 2), (1, 1), (2, 2), (2, 1)]
    assert {row["user_id"] for row in mapping if row["line"] == 2} == {one["user_id"] for one in found["pseudonyms"]}

    out = tmp_path / "person.jsonl"
    assert nilometer("subject", "export", "--output", out, "--home", home, stdin=USER).returncode == 0
    assert [json.loads(line)["table"] for line in out.read_text().splitlines()] == ["spans", "spans"]
    assert out.stat().st_mode & 0o777 == 0o600

    asked = nilometer("subject", "erase", "--home", home, stdin=USER)
    assert (asked.returncode, "nothing was deleted" in asked.stderr) == (1, True)
    assert nilometer("subject", "erase", "--yes", "--home", home, stdin=USER).returncode == 0
    assert [row["user_id"] for row in rows(home, "SELECT user_id FROM spans")] == ["u_0123456789abcdef"]

    acts = rows(home, "SELECT action, target FROM audit WHERE action LIKE 'subject.%' ORDER BY happened_at")
    assert [act["action"] for act in acts] == ["subject.find", "subject.pseudonyms", "subject.export", "subject.erase"]
    assert acts[0]["target"] == found["pseudonyms"][0]["user_id"]
    everything = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file()) + done.stderr.encode()
    assert USER.encode() not in everything

    assert nilometer("keys", "pseudonym", "retire", "2", "--yes", "--home", home).returncode == 4, "it is in use"
    assert nilometer("keys", "pseudonym", "retire", "1", "--yes", "--home", home).returncode == 0
    left = json.loads(nilometer("subject", "find", "--format", "json", "--home", home, stdin=USER).stdout)
    assert [one["generation"] for one in left["pseudonyms"]] == [2]


def test_without_the_key_it_is_refused_and_the_refusal_is_audited(tmp_path: Path) -> None:
    home = tmp_path / "home"
    create_key(load_settings(home=home).keys_directory())
    _add(home, 0)
    shutil.rmtree(home / "keys")
    done = nilometer("subject", "find", "--home", home, stdin=USER)
    assert (done.returncode, done.stdout) == (4, "")
    assert "no pseudonym key" in done.stderr
    assert USER not in done.stderr
    assert [(a["action"], a["outcome"]) for a in rows(home, "SELECT action, outcome FROM audit")] == [
        ("subject.find", "denied")
    ]


def _add(home: Path, number: int) -> None:
    """A span of the user, with the id that the worker would give it now."""
    from nilometer.schemas.keys import load_key_ring
    from tests.mask.events import masked_span

    settings = load_settings(home=home)
    ring = load_key_ring(settings)
    masker = Masker(MaskingSettings(), ring.pseudonym, settings.environment, ring.earlier_pseudonyms)
    with Writer(settings) as writer:
        writer.write([span(number, user_id=masked_span(masker, user_id=USER).user_id)])
