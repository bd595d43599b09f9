"""The Faust app of our settings: sizes, timeouts, credentials."""

import logging
import ssl
from typing import Any

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
from yarl import URL

from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.streams.transport import Transport


class App(faust.App):
    """A Faust app that keeps nothing on disk."""

    # Subclasses log under their own module, and ours is set to INFO.
    logger = logging.getLogger("faust.app")

    def _create_directories(self) -> None:
        """Only tables and the file system store need any."""

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return Transport(self.conf.broker_producer, self)


def make_app(settings: Settings) -> App:
    """The worker's app, without agents yet. Raises BrokerError and ConfigurationError."""
    broker = find_broker(settings).broker
    worker = settings.worker
    session = worker.session_timeout_seconds
    return App(
        f"nilometer.{settings.environment}.worker",
        broker=[URL(f"kafka://{server.strip()}") for server in (broker.bootstrap_servers or "").split(",")],
        broker_credentials=credentials(broker),
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 4,
        broker_rebalance_timeout=session,
        broker_request_timeout=max(90.0, 2 * session),
        broker_commit_interval=0.5,
        broker_max_poll_records=2 * worker.batch_records,
        consumer_max_fetch_size=settings.topics.max_message_bytes,
        consumer_auto_offset_reset="earliest",
        # A record is a whole batch of events: a few are enough to be busy with.
        stream_buffer_maxsize=2 * worker.batch_records,
        stream_wait_empty=True,
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        web_enabled=False,
        origin=None,
    )


def credentials(broker: BrokerSettings) -> CredentialsT | None:
    """What librdkafka's `security.protocol`, `sasl.*` and `ssl.*` mean to Faust. Raises ConfigurationError."""
    context = _tls(broker) if broker.security_protocol in {"SSL", "SASL_SSL"} else None
    if broker.security_protocol.startswith("SASL"):
        if broker.sasl_mechanism is None:
            raise ConfigurationError(f"broker.sasl_mechanism: {broker.security_protocol} needs one")
        return SASLCredentials(
            username=broker.sasl_username,
            password=broker.sasl_secret(),
            mechanism=broker.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)


def _tls(broker: BrokerSettings) -> ssl.SSLContext:
    files: dict[str, Any] = {"cafile": broker.ssl_ca_location}
    try:
        context = ssl.create_default_context(**files)
        if broker.ssl_certificate_location is not None:
            context.load_cert_chain(broker.ssl_certificate_location, broker.ssl_key_location, broker.ssl_key_secret())
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"broker.ssl_*: cannot use these files: {type(error).__name__}") from None
    return context
