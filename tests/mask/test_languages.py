"""Other languages: the spaCy model that is installed for one finds names beside the English one."""

import sys
from pathlib import Path

import pytest

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import check
from tests.mask.events import make_masker, masked_text

# A model package as `spacy package` lays it out, with a pipeline that needs no training.
_PACKAGE = """
import spacy

def load(**_):
    nlp = spacy.blank("de")
    if {names}:
        ruler = nlp.add_pipe("entity_ruler")
        ruler.add_patterns([{{"label": "PER", "pattern": "Xaver Huber"}}, {{"label": "LOC", "pattern": "Wolkersdorf"}}])
    return nlp
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, names: bool) -> None:
    (folder / "de_core_news_sm").mkdir()
    (folder / "de_core_news_sm" / "__init__.py").write_text(_PACKAGE.format(names=names))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "de_core_news_sm", raising=False)


def test_an_installed_model_finds_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, names=True)
    text = "gestern war wieder Xaver Huber aus Wolkersdorf da, xaver@mail.example"
    out = masked_text(make_masker(languages=["en", "de"]), text)
    assert out == "gestern war wieder <PERSON> aus <LOCATION> da, <EMAIL_ADDRESS>"


def test_a_model_that_is_not_there_or_finds_no_names_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=r"masking.languages: no spaCy model for 'pl' is installed"):
        check.problems(MaskingSettings(languages=["en", "pl"]), "test")
    install(tmp_path, monkeypatch, names=False)
    with pytest.raises(ConfigurationError, match="finds no names"):
        make_masker(languages=["de"])
