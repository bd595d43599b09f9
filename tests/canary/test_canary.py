"""Nothing that is planted through any way in is found afterwards; and the search finds what is there."""

import base64
import gzip
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.canary.encodings import needles
from tests.canary.home import joined, scan_files
from tests.canary.ingresses import INGRESSES, SLOW
from tests.canary.planter import Planter
from tests.canary.run import run, table
from tests.canary.scan import Scanner
from tests.canary.values import KINDS, Canary, generate

LOOKED_AT = (
    *("topic events", "topic raw", "topic dead", "topic rollups", "topic alerts", "topic audit", "warehouse calls"),
    *("file spool", "file logs", "file reports", "metrics", "answers of the gateway", "log of the application"),
    *("sent: forward over HTTP", "sent: forward over gRPC", "sent: webhook", "sent: mail", "vanished"),
    *("command dead", "command doctor", "command mask", "command sql", "output of up"),
)
FULL = os.environ.get("NILOMETER_CHAOS") == "full"


@pytest.mark.timeout(1800)
def test_nothing_that_is_planted_is_found_anywhere(tmp_path: Path) -> None:
    result = run(tmp_path, 2_000 if FULL else 1, seed=1, slow=FULL, dags=FULL)
    assert not result.missing, "what never arrives proves nothing"
    planted = {ingress for ingress, _ in result.planter.planted.values()}
    assert planted == {*INGRESSES, "ours"} | (set(SLOW) if FULL else set[str]())
    places = "\n".join(result.scanner.scanned)
    for place in LOOKED_AT + (("tmp", "airflow", "output of Airflow") if FULL else ()):
        assert place in places, place
    assert not result.scanner.hits, "\n" + "\n".join(table(result))


@pytest.fixture(scope="module")
def canaries() -> list[Canary]:
    return generate(2 * len(KINDS), seed=7)


def test_values_are_the_same_for_the_same_seed_and_unique(canaries: list[Canary]) -> None:
    assert generate(2 * len(KINDS), seed=7) == canaries
    assert generate(2 * len(KINDS), seed=8) != canaries
    assert len({canary.text.casefold() for canary in canaries}) == len(canaries)
    assert all(canary.text in canary.said for canary in canaries)


def test_each_encoding_of_each_value_is_found_in_the_middle_of_other_bytes(canaries: list[Canary]) -> None:
    scanner = Scanner(canaries)
    for canary in canaries:
        for name, data, exact in needles(canary.text):
            for written in (data,) if exact else (data, data.upper()):
                scanner.hits.clear()
                scanner.look("here", b"\x00 other bytes >" + written + b"< \xff")
                assert canary.number in scanner.numbers(), (canary.kind, name)


def test_base64_is_found_whatever_stands_before_and_after(canaries: list[Canary]) -> None:
    scanner = Scanner(canaries)
    for canary in canaries:
        for before in range(4):
            for after in range(3):
                scanner.hits.clear()
                scanner.look("here", base64.b64encode(b"x" * before + canary.text.encode() + b"y" * after))
                assert canary.number in scanner.numbers(), (canary.kind, before, after)


def test_what_is_cut_in_pieces_is_found_where_they_stand_under_one_key(canaries: list[Canary]) -> None:
    scanner = Scanner(canaries)
    text = next(canary for canary in canaries if canary.kind == "EMAIL_ADDRESS")
    pieces = [text.text[at : at + 3] for at in range(0, len(text.text), 3)]
    parts = [{"type": "text", "content": piece} for piece in pieces]
    for document in ({"chunks": pieces}, {"messages": parts}, json.dumps({"x": json.dumps(parts)})):
        scanner.hits.clear()
        for data in joined(document):
            scanner.look("here", data)
        assert scanner.numbers() == {text.number}


def _parquet(path: Path, text: str) -> None:
    pq.write_table(pa.table({"x": ["a", text] * 50}), path.with_suffix(".parquet"), compression="zstd")


def _sqlite(path: Path, text: str) -> None:
    with sqlite3.connect(path.with_suffix(".sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", ("a" * 4_000 + text + "b" * 9_000,))
    connection.close()


def _name(path: Path, text: str) -> None:
    path.with_name(text.replace("/", "_")).write_bytes(b"")


@pytest.mark.parametrize("leave", [_parquet, _sqlite, _name, lambda path, text: path.write_text(f"log: {text}\n")])
def test_what_is_left_in_a_file_is_found(leave: Callable[[Path, str], None], tmp_path: Path) -> None:
    canaries = [canary for canary in generate(30, seed=3) if canary.kind in ("EMAIL_ADDRESS", "PHONE_NUMBER", "JWT")]
    (tmp_path / "deep").mkdir()
    leave(tmp_path / "deep" / "file", canaries[0].text)
    scanner = Scanner(canaries)
    scan_files(scanner, tmp_path)
    assert scanner.numbers() == {canaries[0].number}


def test_what_is_not_there_is_not_found(canaries: list[Canary]) -> None:
    scanner = Scanner(canaries)
    scanner.look("here", os.urandom(1_000_000))
    scanner.look("here", "\n".join(canary.said for canary in generate(200, seed=99)).encode())
    scanner.look("here", gzip.compress(b"x" * 1000))
    assert not scanner.hits


def test_each_canary_is_planted_once() -> None:
    canaries = generate(400, seed=5)
    planter = Planter(canaries)
    planter.ingress = "test"
    text = str([planter.anything("a"), planter.messages("b"), planter.anything("c")])
    assert len(planter.planted) + planter.left == len(canaries)
    plain = [number for number in planter.planted if canaries[number].text in text]
    assert len(plain) > 30
    assert all(text.count(canaries[number].text) == 1 for number in plain)
