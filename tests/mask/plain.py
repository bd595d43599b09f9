"""Presidio as it comes: `AnalyzerEngine.analyze` with the default registry and the same model, one text at a time.

Its answers to many texts take minutes, so they are kept under .build, by the versions of all that makes them.
"""

import hashlib
import json
import logging
import socket
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.nlp import MODEL_PACKAGE, InstalledSpacyEngine

PACKAGES = ("presidio-analyzer", "spacy", MODEL_PACKAGE, "phonenumbers", "tldextract")
KEPT_AT = Path(__file__).resolve().parents[2] / ".build" / "parity"


class Found(NamedTuple):
    """What `analyze` found: code points from `start` to before `end`."""

    start: int
    end: int
    kind: str
    score: float
    recognizer: str


class Plain:
    """The same entities and the same threshold as the default policy."""

    def __init__(self) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        logging.getLogger("tldextract").setLevel(logging.CRITICAL)
        engine = InstalledSpacyEngine()
        engine.load()
        registry = RecognizerRegistry(supported_languages=["en"])
        registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
        self._analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
        self._entities: list[str] = sorted(set[str](kinds.DEFAULT) & set(self._analyzer.get_supported_entities("en")))

    def analyze(self, text: str) -> list[Found]:
        with no_network():
            results = self._analyzer.analyze(
                text, "en", entities=self._entities, score_threshold=MaskingSettings().score_threshold
            )
        return sorted(
            Found(one.start, one.end, one.entity_type, one.score, str(one.recognition_metadata["recognizer_name"]))
            for one in results
            if one.recognition_metadata
        )


@contextmanager
def no_network() -> Generator[None]:
    """Presidio's e-mail recogniser would download a list of domains; without it takes the one that it brings."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network here")

    before = socket.create_connection, socket.getaddrinfo
    socket.create_connection = socket.getaddrinfo = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.create_connection, socket.getaddrinfo = before


def answers(texts: Sequence[str]) -> dict[str, list[Found]]:
    """Of each text; those that are kept already are not asked again."""
    kept = _Kept()
    missing = [text for text in texts if text not in kept]
    if missing:
        plain = Plain()
        for start in range(0, len(missing), 50):
            kept.add((text, plain.analyze(text)) for text in missing[start : start + 50])
    return {text: kept[text] for text in texts}


class _Kept:
    def __init__(self) -> None:
        parts = [*(f"{name}={version(name)}" for name in PACKAGES), ",".join(sorted(kinds.DEFAULT))]
        parts.append(str(MaskingSettings().score_threshold))
        self._path = KEPT_AT / f"plain-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:12]}.jsonl"
        self._found: dict[str, list[Found]] = {}
        if self._path.is_file():
            for line in self._path.read_text().splitlines():
                name, found = json.loads(line)
                self._found[name] = [Found(*one) for one in found]

    def __contains__(self, text: str) -> bool:
        return _name(text) in self._found

    def __getitem__(self, text: str) -> list[Found]:
        return self._found[_name(text)]

    def add(self, pairs: Iterable[tuple[str, list[Found]]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            for text, found in pairs:
                self._found[_name(text)] = found
                file.write(json.dumps([_name(text), found]) + "\n")


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
