"""The real masker, loaded once."""

import pytest

from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import Masker
from tests.support.chain import ENVIRONMENT, key_ring


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker(MaskingSettings(), key_ring().pseudonym, ENVIRONMENT)
