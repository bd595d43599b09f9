"""The fast way gives what the slow way gives: on texts of all kinds, on events, and on the real runs."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from nilometer.producers.importers import Imported, read
from nilometer.schemas.event import RawEvent
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import Masker
from nilometer.streams.mask.cache import FindingsCache
from nilometer.streams.mask.engine import Answer, Engine
from nilometer.streams.mask.finding import Query
from nilometer.streams.mask.ner import EntityModel
from nilometer.streams.mask.nlp import InstalledSpacyEngine
from tests.mask.airline import FILE
from tests.mask.events import KEY, make_masker, said, span
from tests.mask.slow import SlowMasker
from tests.mask.test_kinds import FOUND, KEPT
from tests.mask.test_properties import json_values, mixed_texts

some = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KNOWN = [frame.format(value) for _, frame, value in FOUND] + KEPT
PASSAGE = " ".join(KNOWN) + "\n\n" + "\n- ".join(KNOWN)


@pytest.fixture(scope="module")
def slow() -> SlowMasker:
    return SlowMasker(MaskingSettings(), KEY, "test")


@pytest.fixture(scope="module")
def engine(slow: SlowMasker) -> Engine:
    return Engine(slow.policy, FindingsCache(10_000))


@pytest.fixture(scope="module")
def nlp() -> Language:
    engine = InstalledSpacyEngine()
    engine.load()
    return engine.get_nlp("en")


@pytest.fixture(scope="module")
def model(nlp: Language) -> EntityModel:
    return EntityModel(nlp)


def same_findings(engine: Engine, slow: SlowMasker, queries: list[Query]) -> None:
    fast = engine.detect(queries)
    for query, answer in slow.detect(queries).items():
        assert claims(fast[query]) == claims(answer), query.text


def claims(answer: Answer) -> object:
    """Without who found it: of two that are equally sure, Presidio names the one that it happened to ask first."""
    return [finding[:4] for finding in answer] if isinstance(answer, tuple) else answer


def test_texts_of_all_kinds(engine: Engine, slow: SlowMasker) -> None:
    queries = [Query(text) for text in (*KNOWN, PASSAGE)]
    queries += [Query(value, "text", ("passport", "phone")) for _, _, value in FOUND]
    queries += [Query(value, scope) for _, _, value in FOUND for scope in ("identifier", "number")]
    queries += [Query(text, "text", (), ("LOCATION", "PERSON")) for text in KNOWN]
    same_findings(engine, slow, queries)


@some
@given(texts=st.lists(mixed_texts, max_size=3), context=st.sampled_from([(), ("passport",), ("bank", "phone")]))
def test_generated_texts(engine: Engine, slow: SlowMasker, texts: list[str], context: tuple[str, ...]) -> None:
    same_findings(engine, slow, [Query(text, "text", context) for text in texts])


@some
@given(text=mixed_texts, value=json_values, other=mixed_texts, user=st.sampled_from([None, "mia_li_3668", "u-1"]))
def test_generated_events(
    masker: Masker, slow: SlowMasker, text: str, value: Any, other: str, user: str | None
) -> None:
    event = span(
        input_messages=[*said(text), *said(json.dumps({"profile": value, "first_name": other[:12]}), "tool")],
        attributes={"v": value},
        tool_result=json.dumps(value),
        error_message=other,
        feature=text,
        session_id=other,
        user_id=user,
    )
    same_event(masker, slow, event)
    # Now from memory.
    same_event(masker, slow, event)


def same_event(masker: Masker, slow: SlowMasker, event: RawEvent) -> None:
    result = masker.mask([event])[0]
    expected = slow.mask(event, masker.version)
    assert isinstance(result, msgspec.Struct), result
    assert {name: getattr(result, name) for name in expected} == expected


@some
@given(texts=st.lists(mixed_texts, min_size=4, max_size=12), rest=st.sampled_from(["", *KNOWN]))
def test_the_models_own_entities(nlp: Language, model: EntityModel, texts: list[str], rest: str) -> None:
    same_entities(nlp, model, [*texts, rest])


def same_entities(nlp: Language, model: EntityModel, texts: list[str]) -> int:
    taken_apart = [model.words(text) for text in texts]
    found = model.entities(taken_apart)
    count = 0
    for text, words, entities in zip(texts, taken_apart, found, strict=True):
        doc = nlp.make_doc(text)
        assert [words.span(at, at + 1) for at in range(len(words.rows))] == [
            (word.idx, word.idx + len(word)) for word in doc
        ]
        expected = [(one.start, one.end, one.label_) for one in nlp.get_pipe("ner")(doc).ents]
        assert [tuple(one) for one in entities] == expected
        count += len(expected)
    return count


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_real_runs(shared_data: Path, slow: SlowMasker, nlp: Language, model: EntityModel) -> None:
    lines = (shared_data / FILE).read_text(encoding="utf-8").splitlines()
    messages = [message for line in lines[:40] for message in json.loads(line)["traj"]]
    texts = list(dict.fromkeys(message["content"] for message in messages if message["content"]))
    assert same_entities(nlp, model, texts) > 500

    events = [item.event for item in read(shared_data / FILE, "openai-chat") if isinstance(item, Imported)][:160]
    masker = make_masker()
    for start in range(0, len(events), 50):
        results = masker.mask(events[start : start + 50])
        for event, result in zip(events[start : start + 50], results, strict=True):
            expected = slow.mask(event, masker.version)
            assert {name: getattr(result, name) for name in expected} == expected
