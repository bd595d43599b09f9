"""How to reach Kafka: one place that turns settings into client configuration."""

import json
from collections import deque
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import ConnectionSettings, Settings

ADDRESS_FILE = "broker.json"
"""In the run directory: `{"bootstrap_servers", "embedded", "incarnation"}` of the broker that `nilometer up` uses."""


def find_broker(settings: Settings) -> Settings:
    """The settings with the broker's address: as set, else that of a running `nilometer up`. Raises BrokerError."""
    if settings.broker.bootstrap_servers:
        return settings
    file = settings.run_directory() / ADDRESS_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BrokerError(
            "no broker: set broker.bootstrap_servers, or run `nilometer up` with the same home "
            f"({settings.home}) and environment ({settings.environment})"
        ) from None
    return settings.model_copy(update={"broker": settings.broker.model_copy(update=found)})


def client_config(settings: Settings, at: ConnectionSettings | None = None, /, **more: Any) -> dict[str, Any]:
    """librdkafka configuration with addresses, TLS and SASL; `more` uses librdkafka's names. Raises BrokerError.

    `at`: another cluster than ours.
    """
    broker = at or find_broker(settings).broker
    config: dict[str, Any] = {
        "bootstrap.servers": broker.bootstrap_servers,
        "security.protocol": broker.security_protocol,
        "sasl.mechanism": broker.sasl_mechanism,
        "sasl.username": broker.sasl_username,
        "sasl.password": broker.sasl_secret(),
        "ssl.ca.location": _path(broker.ssl_ca_location),
        "ssl.certificate.location": _path(broker.ssl_certificate_location),
        "ssl.key.location": _path(broker.ssl_key_location),
        "ssl.key.password": broker.ssl_key_secret(),
    }
    config = {name: value for name, value in config.items() if value is not None}
    return config | {"client.id": "nilometer", "log_level": 2} | more


def producer_config(settings: Settings, **more: Any) -> dict[str, Any]:
    """For a producer that loses and reorders nothing: acknowledged by all in-sync replicas, idempotent."""
    # The embedded broker does not know InitProducerId.
    idempotent = not find_broker(settings).broker.embedded
    return client_config(
        settings,
        **{
            "acks": "all",
            "enable.idempotence": idempotent,
            "message.max.bytes": settings.topics.max_message_bytes,
            "linger.ms": 5,
            "compression.type": "lz4",
        }
        | more,
    )


def consumer_config(
    settings: Settings, group: str, at: ConnectionSettings | None = None, /, **more: Any
) -> dict[str, Any]:
    """For a consumer that stores its own progress; it may assign partitions without joining the group.

    `at`: another cluster than ours.
    """
    return client_config(
        settings,
        at,
        **{
            "group.id": f"nilometer.{settings.environment}.{group}",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            # The embedded broker waits its whole maximum even when data is there.
            "fetch.wait.max.ms": 20,
            "fetch.message.max.bytes": settings.topics.max_message_bytes,
        }
        | more,
    )


class Admin(AdminClient):
    """An admin client that remembers why it got no connection: its calls say no more than that they timed out."""

    def __init__(self, config: dict[str, Any]) -> None:
        troubles: deque[KafkaError] = deque(maxlen=16)
        self._troubles = troubles
        more: dict[str, Any] = {"error_cb": troubles.append}
        super().__init__({**config, **more})

    def trouble(self) -> str | None:
        """What stands in the way of a connection and does not go away by waiting: a login, a certificate, a name."""
        self.poll(0)  # Errors wait until somebody asks.
        kinds = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._RESOLVE)
        found = [error for error in self._troubles if error.code() in kinds]
        return found[-1].str() if found else None


def admin_client(settings: Settings, at: ConnectionSettings | None = None) -> Admin:
    """`at`: of another cluster than ours."""
    return Admin(client_config(settings, at))


def cluster_id(settings: Settings, timeout: float = 10, at: ConnectionSettings | None = None) -> str:
    """The cluster's id and, for the embedded broker, its life: what offsets mean something in. Raises BrokerError.

    `at`: of another cluster than ours.
    """
    admin = admin_client(settings, at)
    try:
        cluster: str = admin.list_topics(timeout=timeout).cluster_id or "unknown"  # pyright: ignore
    except KafkaException as error:
        raise BrokerError(f"cannot reach the broker: {reason(error, admin)}") from None
    incarnation = "" if at else find_broker(settings).broker.incarnation
    return f"{cluster}/{incarnation}" if incarnation else cluster


def reason(error: KafkaException, admin: AdminClient | None = None) -> str:
    """What went wrong, without the values that were sent; `admin` may know more of it."""
    if isinstance(admin, Admin) and (trouble := admin.trouble()):
        return trouble
    return str(error.args[0].str() if error.args and hasattr(error.args[0], "str") else type(error).__name__)


def _path(path: object) -> str | None:
    return None if path is None else str(path)
