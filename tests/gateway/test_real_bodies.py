"""What real clients sent is taken whole, and goes on byte for byte."""

from pathlib import Path

import pytest
from google.protobuf import json_format

from nilometer.producers.gateway import otlp
from nilometer.producers.gateway.signals import LOGS, METRICS, TRACES
from nilometer.schemas.settings import Settings
from tests.support.gateway import bodies_of

pytestmark = pytest.mark.real_data


def test_captures_are_taken_as_they_are(shared_data: Path, settings: Settings) -> None:
    files = [file for file in sorted((shared_data / "otlp").glob("*.pb")) if ".metrics." not in file.name]
    assert files
    for file in files:
        body = file.read_bytes()
        signal = LOGS if file.name.endswith(".logs.pb") else TRACES
        taken = otlp.take(signal, body, settings, json=False)
        assert (bodies_of(taken), taken.rejected) == ([body], 0), file.name
        request = signal.request.FromString(body)
        document = json_format.MessageToJson(request).encode()
        again = otlp.take(signal, document, settings, json=True)
        assert (bodies_of(again), again.accepted) == ([document], taken.accepted), file.name


def test_metrics_are_read(shared_data: Path, settings: Settings) -> None:
    for file in sorted((shared_data / "otlp").glob("*.metrics.pb")):
        taken = otlp.take(METRICS, file.read_bytes(), settings, json=False)
        assert bodies_of(taken) == []
        document = json_format.MessageToJson(METRICS.request.FromString(file.read_bytes())).encode()
        assert otlp.take(METRICS, document, settings, json=True).rejected == taken.rejected > 0
