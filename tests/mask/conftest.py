"""One masker with the default policy for all tests of a process: the model takes seconds to load."""

import pytest

from nilometer.streams.mask import Masker
from tests.mask.events import make_masker


@pytest.fixture(scope="session")
def masker() -> Masker:
    return make_masker()
