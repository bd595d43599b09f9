"""Retention: what is too old is gone from the views, from the files, and from the disk."""

from datetime import timedelta
from pathlib import Path

import msgspec
import polars
import pytest

from nilometer.schemas.settings import RetentionSettings, Settings
from nilometer.warehouse import retention
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import OffsetKey, Writer
from tests.support.lake import START, dead_letter, fingerprint, lake_settings, rows, span, value

SECRET = "a-word-that-must-vanish"
KEY = OffsetKey("c", "t", 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return lake_settings(tmp_path, retention=RetentionSettings(spans_days=1, dead_letters_days=2, snapshots_hours=0))


def contains(settings: Settings, text: str) -> bool:
    """Whether a text is anywhere in a readable column of the lake's files, or in the catalog's bytes."""
    catalog = Catalog(settings)
    if any(text.encode() in file.read_bytes() for file in catalog.directory.glob("catalog.sqlite*")):
        return True
    files = catalog.data_path.glob("store/spans/*.parquet")
    return any(polars.read_parquet(file)["name"].str.contains(text).any() for file in files)


def test_old_rows_are_deleted_physically(settings: Settings) -> None:
    old = [span(n, name=SECRET) for n in range(200)]
    new = [msgspec.structs.replace(span(n), started_at=START + timedelta(days=2)) for n in range(1000, 1100)]
    with Writer(settings) as writer:
        writer.write(old[:100], dead_letters=[dead_letter(1)], offsets={KEY: 1})
        # Kept in the catalog, not in a file.
        writer.write(old[100:110], offsets={KEY: 2})
        # Old and new in one file.
        writer.write([*old[110:], *new], offsets={KEY: 3})
        assert contains(settings, SECRET)
        would = retention.run(settings, now=START + timedelta(days=2), dry_run=True)
        assert (would.deleted_rows["spans"], would.deleted_files) == (200, 0)
        assert would.bytes_before == would.bytes_after
        assert value(settings, "SELECT count(*) FROM spans") == 300
        before = fingerprint_of_new(settings)
        done = retention.run(settings, now=START + timedelta(days=2))
        assert done.deleted_rows == would.deleted_rows
        assert done.deleted_rows["dead_letters"] == 0
        assert done.deleted_files > 0
        assert done.bytes_after < done.bytes_before
        assert not contains(settings, SECRET)
        assert value(settings, "SELECT count(*) FROM spans") == 100
        assert fingerprint_of_new(settings) == before
        assert len(list(Catalog(settings).data_path.glob("store/spans/*.parquet"))) == 1
        # The writer that was open all along goes on, and knows where.
        assert writer.write([span(5000)], offsets={KEY: 4}).spans == 1
        assert writer.offsets("c") == {KEY: 4}


def fingerprint_of_new(settings: Settings) -> str:
    return repr(rows(settings, "FROM spans WHERE started_at > TIMESTAMPTZ '2026-03-02' ORDER BY event_id"))


def test_time_travel_keeps_files_until_its_time_is_over(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path, retention=RetentionSettings(spans_days=1, snapshots_hours=24))
    with Writer(settings) as writer:
        writer.write([span(n) for n in range(100)])
    (file,) = Catalog(settings).data_path.glob("store/spans/*.parquet")
    retention.run(settings, now=START + timedelta(days=2))
    assert value(settings, "SELECT count(*) FROM spans") == 0
    assert file.exists()
    at_once = settings.model_copy(update={"retention": RetentionSettings(spans_days=1, snapshots_hours=0)})
    assert retention.run(at_once, now=START + timedelta(days=2)).deleted_files >= 1
    assert not file.exists()


def test_many_small_commits_become_few_files(settings: Settings) -> None:
    with Writer(settings) as writer:
        for commit in range(12):
            writer.write([span(n) for n in range(commit * 30, commit * 30 + 30)])
        before = fingerprint(settings)
        writer.merge_small_files()
    assert value(settings, "SELECT count(*) FROM spans") == 360
    retention.run(settings, now=START)
    assert len(list(Catalog(settings).data_path.glob("store/spans/*.parquet"))) == 1
    assert fingerprint(settings) == before


def test_nothing_is_kept_for_ever_by_mistake_and_none_means_for_ever(tmp_path: Path) -> None:
    never = RetentionSettings(
        spans_days=None, feedback_days=None, scores_days=None, alerts_days=None, dead_letters_days=None
    )
    settings = lake_settings(tmp_path, retention=never)
    with Writer(settings) as writer:
        writer.write([span(1)])
    assert retention.run(settings, now=START + timedelta(days=10_000)).deleted_rows == {}
    assert value(settings, "SELECT count(*) FROM spans") == 1


def test_files_of_a_killed_writer_are_swept(settings: Settings) -> None:
    with Writer(settings) as writer:
        writer.write([span(n) for n in range(50)])
    folder = Catalog(settings).data_path / "store" / "spans"
    orphan = folder / "ducklake-00000000-0000-7000-8000-000000000000.parquet"
    orphan.write_bytes(next(folder.glob("*.parquet")).read_bytes())
    retention.run(settings, now=START)
    assert not orphan.exists()
    assert value(settings, "SELECT count(*) FROM spans") == 50
