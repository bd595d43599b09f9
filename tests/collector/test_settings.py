"""Where the Collector's topics are: our own Kafka with our login, or another one with its own."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from nilometer.producers.collector.source import consumer_config
from nilometer.schemas.settings import BrokerSettings, CollectorSettings, Settings, load_settings

OURS = BrokerSettings(
    bootstrap_servers="ours:9092",
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-512",
    sasl_username="nilometer",
    sasl_password=SecretStr("our-secret"),
)


def config(**collector: Any) -> dict[str, Any]:
    return consumer_config(Settings(broker=OURS, collector=CollectorSettings(**collector)))


def test_our_own_kafka_with_our_login() -> None:
    found = config()
    assert (found["bootstrap.servers"], found["sasl.password"]) == ("ours:9092", "our-secret")
    assert found["group.id"] == "nilometer.dev.collector"
    assert found["enable.auto.commit"] is False


def test_another_kafka_with_its_own_login_and_never_ours(tmp_path: Path) -> None:
    assert "our-secret" not in str(config(bootstrap_servers="theirs:9092"))
    file = tmp_path / "password"
    file.write_text("their-secret\n")
    found = config(
        bootstrap_servers="theirs:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="reader",
        sasl_password_file=file,
        ssl_ca_location=tmp_path / "ca.pem",
        group="telemetry",
    )
    assert found["bootstrap.servers"] == "theirs:9093"
    assert (found["sasl.username"], found["sasl.password"]) == ("reader", "their-secret")
    assert (found["security.protocol"], found["sasl.mechanism"]) == ("SASL_SSL", "PLAIN")
    assert (found["ssl.ca.location"], found["group.id"]) == (str(tmp_path / "ca.pem"), "telemetry")


def test_one_topic_may_be_left_out_but_not_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NILOMETER_COLLECTOR__LOGS_TOPIC", "")
    monkeypatch.setenv("NILOMETER_COLLECTOR__ENABLED", "true")
    assert load_settings().collector.topics() == ["otlp_spans"]
    with pytest.raises(ValidationError, match="give traces_topic or logs_topic"):
        CollectorSettings(enabled=True, traces_topic="", logs_topic="")
    with pytest.raises(ValidationError, match="must differ"):
        CollectorSettings(traces_topic="otlp", logs_topic="otlp")
