"""Compiled patterns on disk: read again by the next process, and never trusted when they are not what was written."""

from pathlib import Path

import hyperscan
import pytest

from nilometer.streams.mask import database

PATTERNS = (("ab+c", hyperscan.HS_FLAG_SINGLEMATCH), ("x[0-9]{3}", hyperscan.HS_FLAG_SINGLEMATCH))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the patterns are kept, compiled once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled()
    (found,) = (tmp_path / "nilometer").iterdir()
    return found


def compiled() -> bytes:
    """As a new process gets it."""
    database.database.cache_clear()
    return database.database(PATTERNS)


def hits(data: bytes, text: bytes) -> list[int]:
    found: list[int] = []
    database.opened(data).scan(text, match_event_handler=lambda number, *_: found.append(number))
    return found


def test_the_next_process_reads_them(file: Path) -> None:
    before = file.stat().st_mtime_ns
    assert sorted(hits(compiled(), b"..abbc..x123")) == [0, 1]
    assert file.stat().st_mtime_ns == before
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"not a database", None])
def test_damaged_ones_are_compiled_again(file: Path, damage: bytes | None) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert hits(compiled(), b"abc") == [0]
    assert file.read_bytes() == whole


def test_what_others_could_write_is_not_read(file: Path) -> None:
    other = database.database((("zzz", hyperscan.HS_FLAG_SINGLEMATCH), ("yyy", hyperscan.HS_FLAG_SINGLEMATCH)))
    file.write_bytes(other)
    file.chmod(0o666)
    assert hits(compiled(), b"abc zzz") == [0]


def test_without_a_place_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nilometer").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert hits(compiled(), b"abc") == [0]
    assert [one.name for one in tmp_path.iterdir()] == ["nilometer"]


def test_old_ones_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(database, "KEPT_FILES", 3)
    for number in range(5):
        database.database.cache_clear()
        database.database((("a", 0), (f"b{number}", 0)))
    assert len(list((tmp_path / "nilometer").iterdir())) == 3
