"""The schema registry, where one is set: each kind's schema is registered there, and messages say which one they have.

`ids = register(settings)` once at the start, then `encode(event, environment, schema_ids=ids)`. The value stays plain
JSON: the id goes in the header `__value_schema_id`, as Confluent's header serializer sends it.
"""

import json
import uuid
from typing import Any

from nilometer.schemas.contract import closed, documents
from nilometer.schemas.errors import BrokerError, ConfigurationError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name

TOPIC_OF: dict[str, TopicName] = {
    "span": "events",
    "feedback": "events",
    "score": "events",
    "span_detail": "events",
    "rollup": "rollups",
    "alert": "alerts",
    "dead_letter": "dead",
    "audit": "audit",
}
"""Kind → the topic that carries it."""


def register(settings: Settings) -> dict[str, bytes]:
    """Kind → the header value that says which schema a message of this kind has; empty where no registry is set.

    Subjects are called `<topic>-<title of the schema>` and made BACKWARD compatible. Registering again gives the same
    ids. Raises ConfigurationError, and BrokerError where the registry cannot be reached or refuses.
    """
    if settings.schema_registry.url is None:
        return {}
    try:
        from confluent_kafka.schema_registry import (
            ConfigCompatibilityLevel,
            Schema,
            SchemaRegistryClient,
            SchemaRegistryError,
            ServerConfig,
        )
        from httpx2 import HTTPError
    except ImportError as error:
        raise ConfigurationError(
            f"schema_registry.url is set, but {error.name} is missing: install nilometer-schemas[registry]"
        ) from None
    config = _client_config(settings)
    try:
        client = SchemaRegistryClient.new_client(config)
    except (ValueError, TypeError, OSError):
        raise ConfigurationError("schema_registry.url is not a URL that the client takes") from None
    ids: dict[str, bytes] = {}
    schemas = documents()
    for kind, topic in TOPIC_OF.items():
        schema = closed(schemas[kind])
        subject = f"{topic_name(settings.environment, topic)}-{schema['title']}"
        try:
            client.set_config(subject, ServerConfig(compatibility=ConfigCompatibilityLevel.BACKWARD))
            found = client.register_schema_full_response(subject, Schema(json.dumps(schema), "JSON"))
        except SchemaRegistryError as error:
            raise BrokerError(f"the schema registry refused {subject}: {_refusal(error)}") from None
        except HTTPError as error:
            raise BrokerError(f"cannot reach the schema registry: {type(error).__name__}") from None
        ids[kind] = header(found.guid, found.schema_id)
    return ids


def header(guid: str | None, number: int | None) -> bytes:
    """A schema's id as a header value: 1 and the GUID's 16 bytes; without a GUID (registries before Confluent
    Platform 8) 0 and the id's 4 bytes, big-endian."""
    if guid is not None:
        return b"\x01" + uuid.UUID(guid).bytes
    if number is None:
        raise BrokerError("the schema registry gave a schema neither a GUID nor an id")
    return b"\x00" + number.to_bytes(4, "big")


def _client_config(settings: Settings) -> dict[str, Any]:
    registry = settings.schema_registry
    config: dict[str, Any] = {"url": registry.url, "timeout": 10, "max.retries": 2, "retries.wait.ms": 200}
    if registry.username is not None:
        config["basic.auth.user.info"] = f"{registry.username}:{registry.secret() or ''}"
    if settings.broker.ssl_ca_location is not None:
        config["ssl.ca.location"] = str(settings.broker.ssl_ca_location)
    return config


def _refusal(error: Any) -> str:
    """HTTP status and the registry's own code; its text may quote the schema at length."""
    codes = {401: "unauthorised", 403: "forbidden", 409: "incompatible with what is registered", 422: "invalid"}
    return f"{codes.get(error.http_status_code, 'status')} ({error.http_status_code}, code {error.error_code})"
