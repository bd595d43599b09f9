"""spaCy's named-entity step, computed over many texts at once.

The weights are the model's own and so are the answers (tests compare them): a hashed embedding of each word, four
convolutions over neighbouring words, then a greedy parser that opens and closes entities. spaCy runs that parser word
by word in Python's pace. Outside an entity its choice depends on the word and its neighbours only, so here it is made
for all words in one multiplication, and only where an entity opens is it followed word by word, all of them side by
side. What comes out for a word depends on it and the four words on either side: vectors of words seen before among the
same neighbours are kept, under a hash of their numbers in the table of words.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from threadpoolctl import ThreadpoolController

from nilometer.streams.mask.words import Words, WordTable

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ROWS = 2_000
"""Words computed at once: with 700 all of masking took 5 % longer, for neighbours are computed again at each cut."""
GROUP_WORDS = 8_000
"""Words of texts that are looked at together."""
KEPT_WINDOWS = 60_000
"""Vectors kept, 15 MB."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Entity(NamedTuple):
    """Words from `start` to before `end` of a document, and the model's label."""

    start: int
    end: int
    label: str


class _Layer(NamedTuple):
    """A window of three words, maxout, layer norm."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats


class EntityModel:
    """The entities of texts that are only taken apart into words. Serves one thread.

    Raises ValueError where the pipeline's `ner` is not of the form that is computed here.
    """

    def __init__(self, nlp: Language) -> None:
        model: Any = cast("Any", nlp.get_pipe("ner")).model
        to_vector = model.get_ref("tok2vec")
        # For matrices this small numpy would take all processors, and be slower by that.
        self._threads = ThreadpoolController()
        try:
            (embed, encode), _, linear = (to_vector.layers[0].layers, *to_vector.layers[1:])
            features, _, hashed, mixed, _ = embed.layers
            self._hashed, self._mixed = hashed.layers[0], mixed.layers[0]
            columns: list[Any] = list(features.attrs["columns"])
            self._layers = [_layer(residual.layers[0]) for residual in encode.layers[0].layers]
            self._linear = _parameter(linear, "W").T.copy(), _parameter(linear, "b")
            lower, upper = model.get_ref("lower"), model.get_ref("upper")
            weights = _parameter(lower, "W")
            self._features, self._hidden, pieces, width = weights.shape
            if (self._features, pieces, width) != (3, 2, self._linear[1].shape[0]) or model.attrs["unseen_classes"]:
                raise ValueError
            # Pieces first, so that the larger of each pair is one comparison of two blocks.
            self._lower = weights.transpose(0, 3, 2, 1).reshape(3, width, -1).copy()
            self._lower_bias = _parameter(lower, "b").T.reshape(-1).copy()
            self._absent = _parameter(lower, "pad")[0].transpose(0, 2, 1).reshape(3, -1).copy()
            self._upper = _parameter(upper, "W").T.copy(), _parameter(upper, "b")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ValueError("the model's ner is not the convolutional transition model that is known here") from error
        system: Any = cast("Any", nlp.get_pipe("ner")).moves
        moves: list[str] = [system.get_class_name(move) for move in range(system.n_moves)]
        self._actions = np.array([move[:1] for move in moves])
        self._labels = sorted({move[2:] for move in moves if move[2:]})
        self._label_of = np.array([self._labels.index(move[2:]) if move[2:] else -1 for move in moves])
        opens = np.isin(self._actions, ["B", "U"]) & (self._label_of >= 0)
        self._outside = np.where(opens | (self._actions == "O"), 0, -np.inf).astype(np.float32)
        self._begin = np.where(self._actions == "B", -np.inf, 0).astype(np.float32)
        self._only_out = np.where(self._actions == "O", 0, -np.inf).astype(np.float32)
        self._inside = np.stack(
            [
                np.where((self._label_of == label) & np.isin(self._actions, ["I", "L"]), 0, -np.inf)
                for label in range(len(self._labels))
            ]
        ).astype(np.float32)
        self._not_last = np.where(self._actions == "I", -np.inf, 0).astype(np.float32)
        self._table = WordTable(nlp.make_doc, columns)
        self._width: int = self._mixed.get_dim("nO")
        self._embeddings = np.zeros((1, self._width), np.float32)
        """By word of the table, after one of zeros: before and after a text."""
        self._windows: dict[int, int] = {}
        self._outputs = np.zeros((1_024, self._linear[1].shape[0]), np.float32)

    def words(self, text: str) -> Words:
        return self._table.words(text)

    def trim(self) -> None:
        """Forgets what it kept where that is too much; words that were taken apart before are worth nothing then."""
        if self._table.trim():
            self._embeddings = self._embeddings[:1]
            self._windows.clear()

    def entities(self, texts: Sequence[Words]) -> list[list[Entity]]:
        """Of each text, in order."""
        found: list[list[Entity]] = [[] for _ in texts]
        with self._threads.limit(limits=1, user_api="blas"):
            self._embed_new()
            for group in _groups(texts):
                for index, entities in zip(group, self._of_group([texts[index].rows for index in group]), strict=True):
                    found[index] = entities
        return found

    def _of_group(self, texts: Sequence[list[int]]) -> Iterator[list[Entity]]:
        lengths = [len(rows) for rows in texts]
        between = [-1] * len(self._layers)
        flat = np.array([*between, *chain.from_iterable((*rows, *between) for rows in texts)])
        words = np.flatnonzero(flat >= 0)
        vectors = self._vectors(flat, words)
        states = vectors @ self._lower[0]
        space = self._table.spaces[flat[words]]
        ends = np.cumsum(lengths) - 1
        last = np.zeros(len(words), bool)
        last[ends] = True

        closed = self._scores(states + (self._absent[1] + self._absent[2])) + self._outside
        closed[space] += self._only_out
        closed[last] += self._begin
        moves = closed.argmax(1)
        opening = np.flatnonzero(self._actions[moves] == "B")
        closing = self._follow(vectors, states, opening, self._label_of[moves[opening]], last)
        end_of = dict(zip(opening.tolist(), closing.tolist(), strict=True))

        at = np.flatnonzero(self._actions[moves] != "O").tolist()
        labels = self._label_of[moves].tolist()
        position, first = 0, 0
        for length in lengths:
            entities: list[Entity] = []
            free = first
            while position < len(at) and at[position] < first + length:
                word = at[position]
                position += 1
                if word >= free:
                    free = end_of.get(word, word) + 1
                    entities.append(Entity(word - first, free - first, self._labels[labels[word]]))
            first += length
            yield entities

    def _follow(self, vectors: Floats, states: Floats, opening: Ints, labels: Ints, last: NDArray[np.bool_]) -> Ints:
        """The last word of the entity that opens at each of these words."""
        closing = opening.copy()
        opened = vectors[opening] @ self._lower[1]
        active = np.arange(len(opening))
        at = opening + 1
        while len(active):
            inner = states[at] + opened[active] + vectors[at - 1] @ self._lower[2]
            scores = self._scores(inner) + self._inside[labels[active]]
            scores[last[at]] += self._not_last
            closes = self._actions[scores.argmax(1)] == "L"
            closing[active[closes]] = at[closes]
            active, at = active[~closes], at[~closes] + 1
        return closing

    def _scores(self, unmaxed: Floats) -> Floats:
        unmaxed = unmaxed + self._lower_bias
        hidden = np.maximum(unmaxed[:, : self._hidden], unmaxed[:, self._hidden :])
        return hidden @ self._upper[0] + self._upper[1]

    def _vectors(self, flat: Ints, words: Ints) -> Floats:
        """A vector for each word. `flat`: rows of the table, -1 between texts; `words`: where words are."""
        reach = len(self._layers)
        known = self._windows
        if len(known) > KEPT_WINDOWS:
            known.clear()
        numbers = (flat + 1).astype(np.uint64)
        mixed = np.zeros(len(words), np.uint64)
        for offset in range(-reach, reach + 1):
            mixed *= _MIX
            mixed ^= numbers[words + offset]
            mixed ^= mixed >> np.uint64(29)
        names: list[int] = mixed.tolist()
        new: list[int] = []
        for name, word in zip(names, words.tolist(), strict=True):
            if name not in known:
                known[name] = len(known)
                new.append(word)
        if len(known) > len(self._outputs):
            grown = np.zeros((2 * len(known), self._outputs.shape[1]), np.float32)
            grown[: len(self._outputs)] = self._outputs
            self._outputs = grown
        for start in range(0, len(new), ROWS):
            some = np.array(new[start : start + ROWS])
            base = some[0] - reach
            taken = np.zeros(some[-1] + reach + 1 - base, np.bool_)
            for offset in range(-reach, reach + 1):
                taken[some + offset - base] = True
            # Neighbours that are further away than these do not reach the words that are asked for.
            places = np.flatnonzero(taken) + base
            encoded = self._encoded(self._embeddings[flat[places] + 1])[np.searchsorted(places, some)]
            first = len(known) - len(new) + start
            self._outputs[first : first + len(some)] = encoded @ self._linear[0] + self._linear[1]
        return self._outputs[[known[name] for name in names]]

    def _encoded(self, vectors: Floats) -> Floats:
        """Each vector mixed with its neighbours."""
        rows, width = vectors.shape
        window = np.zeros((rows, 3 * width), np.float32)
        for layer in self._layers:
            window[1:, :width] = vectors[:-1]
            window[:, width : 2 * width] = vectors
            window[:-1, 2 * width :] = vectors[1:]
            mixed = window @ layer.weights
            mixed += layer.bias
            best = np.maximum(mixed[:, :width], mixed[:, width : 2 * width])
            np.maximum(best, mixed[:, 2 * width :], out=best)
            best -= best.mean(1, keepdims=True)
            best *= 1 / np.sqrt(np.einsum("ij,ij->i", best, best)[:, None] / width + 1e-8)
            best *= layer.gain
            best += layer.shift
            vectors += best
        return vectors

    def _embed_new(self) -> None:
        """Words of the table that are new get their vectors."""
        new = self._table.features[len(self._embeddings) - 1 :]
        if len(new):
            made = self._mixed.predict(self._hashed.predict(new))
            self._embeddings = np.concatenate([self._embeddings, made])


def _groups(texts: Sequence[Words]) -> Iterator[list[int]]:
    """Indexes of texts that are looked at together; empty ones are left out."""
    group: list[int] = []
    count = 0
    for index, text in enumerate(texts):
        if not text.rows:
            continue
        if group and count + len(text.rows) > GROUP_WORDS:
            yield group
            group, count = [], 0
        group.append(index)
        count += len(text.rows)
    if group:
        yield group


def _layer(block: Any) -> _Layer:
    window, mixing = block.layers
    maxout, norm = mixing.layers[0].layers
    weights = _parameter(maxout, "W")
    outputs, pieces, inputs = weights.shape
    if pieces != 3 or inputs != 3 * outputs or window.attrs["window_size"] != 1:
        raise ValueError
    return _Layer(
        weights.transpose(2, 1, 0).reshape(inputs, -1).copy(),
        _parameter(maxout, "b").T.reshape(-1).copy(),
        _parameter(norm, "G"),
        _parameter(norm, "b"),
    )


def _parameter(layer: Any, name: str) -> Floats:
    return np.asarray(layer.get_param(name), np.float32)
