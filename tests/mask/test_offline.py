"""Masking asks nobody: no download, no warning, no look at the network."""

import subprocess
import sys

import pytest

from nilometer.schemas.errors import ConfigurationError
from tests.mask.events import make_masker

_SCRIPT = """
import logging, socket, sys, warnings
warnings.simplefilter("error")
records = []
class Keep(logging.Handler):
    def emit(self, record):
        records.append(record.getMessage())
logging.getLogger().addHandler(Keep(logging.WARNING))
def refuse(*args, **kwargs):
    sys.stderr.write("network\\n")
    raise OSError("no network in this test")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from tests.mask.events import make_masker, masked_text
text = "write to mia@mail.example.co.uk, see https://example.com and Maria Gonzalez"
out = masked_text(make_masker(), text)
assert "mia@" not in out and "Maria" not in out, "not masked"
assert not records, len(records)
"""


def test_masking_works_without_a_network_and_without_a_warning(tmp_path_factory: pytest.TempPathFactory) -> None:
    # A home of its own: no list of domains that an earlier run may have kept.
    environment = {"HOME": str(tmp_path_factory.mktemp("home")), "PYTHONPATH": ".", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"entities": ["PERSONS"]}, "masking.entities"),
        ({"languages": ["en", "tlh"]}, "masking.languages.*tlh"),
        ({"deny": [""]}, "masking.deny"),
        ({"deny": ["Person"]}, "masking.deny"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        make_masker(**settings)


def test_the_version_changes_with_the_policy() -> None:
    versions = {make_masker(**more).version for more in ({}, {"allow": ["x1"]}, {"score_threshold": 0.5})}
    assert len(versions) == 3
