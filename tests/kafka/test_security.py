"""SASL and TLS really are passed through: a node that wants them, clients made by `client_config` only."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from pydantic import SecretStr

from nilometer.schemas.broker import admin_client, cluster_id, consumer_config, producer_config
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.schemas.topics import plan
from tests.support.kafka import Cluster

pytestmark = pytest.mark.kafka

PASSWORD = "alices-secret"
STORE = "keystore-secret"
LOGIN = "org.apache.kafka.common.security"


class Secured:
    """A node with one listener for each way in, and the certificate authority that clients trust."""

    def __init__(self, cluster: Cluster, certificate: Path, client_certificate: Path, client_key: Path) -> None:
        self.cluster = cluster
        self.certificate = certificate
        self.client_certificate = client_certificate
        self.client_key = client_key


@pytest.fixture(scope="module")
def secured(kafka_available: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    directory = tmp_path_factory.mktemp("tls")
    server, certificate = make_identity(directory, "server")
    client, client_certificate = make_identity(directory, "client")
    trusted = directory / "trusted.p12"
    keytool("-importcert", "-noprompt", "-alias", "client", "-file", client_certificate, "-keystore", trusted)
    client_key = directory / "client.key"
    passwords = ["-passin", f"pass:{STORE}", "-passout", f"pass:{STORE}"]
    command = ["openssl", "pkcs12", "-in", client, "-nocerts", *passwords, "-out", client_key]
    subprocess.run(command, check=True, capture_output=True)
    properties = {
        "ssl.keystore.location": str(server),
        "ssl.keystore.password": STORE,
        "ssl.keystore.type": "PKCS12",
        "ssl.truststore.location": str(trusted),
        "ssl.truststore.password": STORE,
        "ssl.truststore.type": "PKCS12",
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
            f'{LOGIN}.plain.PlainLoginModule required user_alice="{PASSWORD}";'
        ),
        "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            f'{LOGIN}.plain.PlainLoginModule required user_alice="{PASSWORD}";'
        ),
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
    }
    with Cluster(
        tmp_path_factory.mktemp("kafka") / "secured",
        security=("SASL_PLAINTEXT", "SSL", "SASL_SSL"),
        properties=properties,
        format_with=["--add-scram", f"SCRAM-SHA-512=[name=alice,password={PASSWORD}]"],
    ) as cluster:
        yield Secured(cluster, certificate, client_certificate, client_key)


def make_identity(directory: Path, name: str) -> tuple[Path, Path]:
    """A key pair with a certificate that it signed itself: PKCS#12 store, and the certificate as PEM."""
    store, certificate = directory / f"{name}.p12", directory / f"{name}.pem"
    subject = ["-dname", f"CN={name}", "-ext", "SAN=IP:127.0.0.1", "-validity", "2"]
    keytool("-genkeypair", "-keyalg", "EC", "-alias", name, *subject, "-keystore", store)
    keytool("-exportcert", "-rfc", "-alias", name, "-file", certificate, "-keystore", store)
    return store, certificate


def keytool(*arguments: str | Path) -> None:
    command = ["keytool", *arguments, "-storetype", "PKCS12", "-storepass", STORE]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def connection(secured: Secured, way: str, tmp_path: Path) -> BrokerSettings:
    protocol, _, mechanism = way.partition(" ")
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    values: dict[str, object] = {
        "bootstrap_servers": secured.cluster.address(protocol),
        "security_protocol": protocol,
    }
    if mechanism:
        values |= {"sasl_mechanism": mechanism, "sasl_username": "alice", "sasl_password_file": secret}
    if "SSL" in protocol:
        values |= {"ssl_ca_location": secured.certificate}
    if protocol == "SSL":
        values |= {
            "ssl_certificate_location": secured.client_certificate,
            "ssl_key_location": secured.client_key,
            "ssl_key_password": SecretStr(STORE),
        }
    return BrokerSettings.model_validate(values)


WAYS = ["SASL_PLAINTEXT PLAIN", "SASL_PLAINTEXT SCRAM-SHA-512", "SSL", "SASL_SSL PLAIN", "SASL_SSL SCRAM-SHA-512"]


@pytest.mark.parametrize("way", WAYS)
def test_a_message_goes_in_and_comes_out(secured: Secured, settings: Settings, tmp_path: Path, way: str) -> None:
    settings = settings.model_copy(update={"broker": connection(secured, way, tmp_path)})
    topic = "t-" + way.replace(" ", "-")
    admin = admin_client(settings)
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer(producer_config(settings))
    producer.produce(topic, b"through", on_delivery=lambda error, _: pytest.fail(str(error)) if error else None)
    assert producer.flush(30) == 0
    consumer = Consumer(consumer_config(settings, "reader"))
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    assert (message.error(), message.value()) == (None, b"through")
    assert cluster_id(settings) == secured.cluster.cluster_id


@pytest.mark.parametrize("way", [way for way in WAYS if "SASL" in way])
def test_a_wrong_password_is_said_without_it(secured: Secured, settings: Settings, tmp_path: Path, way: str) -> None:
    wrong = connection(secured, way, tmp_path).model_copy(update={"sasl_password": SecretStr("wrong-secret")})
    settings = settings.model_copy(update={"broker": wrong})
    for attempt in (lambda: cluster_id(settings, 2), lambda: plan(admin_client(settings), settings, 2)):
        with pytest.raises(BrokerError) as caught:
            attempt()
        said = str(caught.value)
        assert "wrong-secret" not in said
        assert "uthentication" in said, said


def test_a_server_that_we_have_no_reason_to_trust_is_said(secured: Secured, settings: Settings, tmp_path: Path) -> None:
    stranger = connection(secured, "SASL_SSL PLAIN", tmp_path).model_copy(
        update={"ssl_ca_location": secured.client_certificate}
    )
    settings = settings.model_copy(update={"broker": stranger})
    with pytest.raises(BrokerError, match="certificate"):
        cluster_id(settings, 2)
