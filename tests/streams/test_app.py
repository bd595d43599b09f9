"""What the broker's settings mean to Faust."""

import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
from faust.auth import SASLCredentials, SSLCredentials

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.streams.app import credentials, make_app

SASL: dict[str, Any] = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "u", "sasl_password": "p"}


def test_plaintext_has_no_credentials() -> None:
    assert credentials(BrokerSettings()) is None


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_sasl(protocol: str) -> None:
    found = credentials(BrokerSettings.model_validate(SASL | {"security_protocol": protocol}))
    assert isinstance(found, SASLCredentials)
    assert (found.protocol.value, found.mechanism.value) == (protocol, "SCRAM-SHA-512")
    assert (found.username, found.password) == ("u", "p")
    assert (found.ssl_context is not None) == (protocol == "SASL_SSL")


def test_sasl_without_a_mechanism_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="sasl_mechanism"):
        credentials(BrokerSettings(security_protocol="SASL_SSL"))


def test_tls_verifies_the_broker() -> None:
    found = credentials(BrokerSettings(security_protocol="SSL", ssl_ca_location=Path(certifi.where())))
    assert isinstance(found, SSLCredentials)
    assert found.context.verify_mode == ssl.CERT_REQUIRED
    assert found.context.check_hostname


def test_unusable_files_are_named_by_setting_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"broker\.ssl_"):
        credentials(BrokerSettings(security_protocol="SSL", ssl_ca_location=tmp_path / "none.pem"))


def test_nothing_on_disk_and_no_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(broker=BrokerSettings(bootstrap_servers="a:9092, b:9093"))
    app = make_app(settings)
    app.finalize()
    assert [str(url) for url in app.conf.broker] == ["kafka://a:9092", "kafka://b:9093"]
    assert not app.conf.web_enabled
    assert app.conf.topic_disable_leader
    assert app.conf.id == "nilometer.dev.worker"
    app._create_directories()  # pyright: ignore[reportPrivateUsage]
    assert list(tmp_path.iterdir()) == []
