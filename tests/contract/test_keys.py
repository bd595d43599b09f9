"""Keys: files that only their owner reads, several that live at once, and what a retired one leaves."""

import base64
import os
import stat
from pathlib import Path

import pytest

from nilometer.schemas.errors import KeyUnavailableError
from nilometer.schemas.keys import (
    create_key,
    ensure_keys,
    list_keys,
    load_key_ring,
    load_sealing_key,
    parse_sealing_key,
    retire_key,
)
from nilometer.schemas.settings import KeySettings, Settings
from nilometer.schemas.wire import NATIVE, header_map, seal, unseal


@pytest.fixture
def keys(settings: Settings) -> Path:
    return settings.keys_directory()


@pytest.fixture
def generous_umask() -> object:
    before = os.umask(0)
    yield None
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
def test_only_the_owner_can_read_what_is_made(keys: Path) -> None:
    create_key(keys)
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert sorted(file.suffix for file in keys.iterdir()) == ["", ".private", ".public"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys.iterdir()} == {0o600}


def test_the_newest_key_seals_and_all_open(settings: Settings, keys: Path) -> None:
    first = create_key(keys)
    sealed = seal(b"before", NATIVE, load_sealing_key(settings), "dev")
    pseudonym = load_key_ring(settings).pseudonym
    second = create_key(keys)
    ring = load_key_ring(settings)
    assert [key.key_id for key in list_keys(keys)] == [first.key_id, second.key_id]
    assert ring.sealing.key_id == load_sealing_key(settings).key_id == second.key_id
    assert unseal(sealed.value, header_map(sealed.headers), ring, "dev")[0] == b"before"
    assert ring.pseudonym == pseudonym, "people keep their pseudonyms when a key is made"


def test_what_a_retired_key_sealed_cannot_be_read_again(settings: Settings, keys: Path) -> None:
    old = create_key(keys)
    sealed = seal(b"gone", NATIVE, old, "dev")
    create_key(keys)
    retire_key(keys, old.key_id)
    assert not list(keys.glob(f"*{old.key_id}*"))
    with pytest.raises(KeyUnavailableError):
        unseal(sealed.value, header_map(sealed.headers), load_key_ring(settings), "dev")


@pytest.mark.parametrize("name", ["0" * 16, "../../etc/passwd", "pseudonym", "", "*"])
def test_only_a_key_that_is_there_can_be_retired(keys: Path, name: str) -> None:
    create_key(keys)
    before = sorted(keys.iterdir())
    with pytest.raises(KeyUnavailableError, match="no such key"):
        retire_key(keys, name)
    assert sorted(keys.iterdir()) == before


def test_an_application_needs_the_public_key_only(settings: Settings, tmp_path: Path) -> None:
    key = create_key(tmp_path / "elsewhere")
    application = settings.model_copy(update={"keys": KeySettings(public_key=key.text())})
    assert load_sealing_key(application).key_id == key.key_id
    with pytest.raises(KeyUnavailableError, match="no private keys"):
        load_key_ring(application)


@pytest.mark.parametrize("text", ["", "!!!", base64.b64encode(b"short").decode(), "AAAA" * 30])
def test_a_public_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(KeyUnavailableError, match=r"keys\.public_key"):
        parse_sealing_key(text)


def test_without_keys_the_error_says_where_they_were_looked_for(settings: Settings, keys: Path) -> None:
    with pytest.raises(KeyUnavailableError, match="nilometer keys create") as caught:
        load_sealing_key(settings)
    assert str(keys) in str(caught.value)


def test_a_damaged_key_file_is_named(settings: Settings, keys: Path) -> None:
    key = create_key(keys)
    (keys / f"{key.key_id}.private").write_text("not base64!")
    with pytest.raises(KeyUnavailableError, match=r"\.private"):
        load_key_ring(settings)


def test_keys_are_made_once(settings: Settings) -> None:
    assert ensure_keys(settings).key_id == ensure_keys(settings).key_id


def test_a_ring_shows_no_secret(settings: Settings, keys: Path) -> None:
    create_key(keys)
    ring = load_key_ring(settings)
    shown = repr(ring)
    assert "pseudonym" not in shown
    assert "private" not in shown


def test_environments_have_keys_of_their_own(settings: Settings) -> None:
    other = settings.model_copy(update={"environment": "prod"})
    assert ensure_keys(settings).key_id != ensure_keys(other).key_id
