"""What plain Presidio finds in the real runs is masked, too; `python -m tests.mask.parity` compares all their texts."""

from pathlib import Path

import pytest

from nilometer.streams.mask import Masker
from tests.mask.airline import FILE
from tests.mask.parity import REASONS, compare, texts_of


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_a_quarter_of_the_texts(shared_data: Path, masker: Masker) -> None:
    parity = compare(texts_of(shared_data / FILE)[::4], masker)
    assert parity.findings > 200
    assert [(one.found.kind, one.value, one.left) for one in parity.unexplained] == []
    assert set(parity.explained) <= set(REASONS)
