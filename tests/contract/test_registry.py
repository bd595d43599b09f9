"""Schemas in a registry: Confluent's own client reads what we publish, by the id in the header."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient, dual_schema_id_deserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from pydantic import SecretStr

from nilometer.schemas.contract import closed, documents
from nilometer.schemas.errors import BrokerError, ConfigurationError
from nilometer.schemas.registry import TOPIC_OF, header, register
from nilometer.schemas.score import Score
from nilometer.schemas.settings import SchemaRegistrySettings, Settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import SCHEMA_ID_HEADER, Message, encode

SCORE = Score(
    trace_id="0" * 32,
    name="valid_json",
    evaluator="rules/1",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    value=1.0,
    event_id="e",
)


@dataclass
class State:
    """What the registry holds, was asked, and is told to do."""

    guids: bool = True
    refuse: int = 0
    subjects: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    levels: dict[str, str] = field(default_factory=dict[str, str])
    users: set[str] = field(default_factory=set[str])


class Registry(BaseHTTPRequestHandler):
    """Enough of a schema registry: it registers, and answers by id."""

    state: State

    def do_PUT(self) -> None:
        self.state.levels[self.path.removeprefix("/config/")] = self._body()["compatibility"]
        self._answer({"compatibility": "BACKWARD"})

    def do_POST(self) -> None:
        if self.state.refuse:
            self._answer(
                {"error_code": self.state.refuse * 100, "message": "the whole schema, quoted"}, self.state.refuse
            )
            return
        subject = self.path.split("/")[2]
        self.state.users.add(self.headers.get("Authorization", ""))
        if subject not in self.state.subjects:
            self.state.subjects[subject] = self._body() | {"id": len(self.state.subjects) + 1}
        found = self.state.subjects[subject]
        guid = {"guid": f"00000000-0000-4000-8000-{found['id']:012d}"} if self.state.guids else {}
        self._answer({"id": found["id"], "version": 1} | guid)

    def do_GET(self) -> None:
        if not self.path.startswith("/schemas/"):
            self._answer({"error_code": 40401, "message": "not found"}, 404)
            return
        wanted = int(self.path.partition("?")[0].rpartition("-")[2].rpartition("/")[2])
        found = next(schema for schema in self.state.subjects.values() if schema["id"] == wanted)
        self._answer({"schema": found["schema"], "schemaType": found["schemaType"]})

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Served:
    def __init__(self) -> None:
        self.state = State()
        handler = type("Handler", (Registry,), {"state": self.state})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def registry() -> Iterator[Served]:
    served = Served()
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


def with_registry(settings: Settings, url: str, **more: Any) -> Settings:
    return settings.model_copy(update={"schema_registry": SchemaRegistrySettings(url=url, **more)})


def read(client: SchemaRegistryClient, message: Message) -> Any:
    conf = {"schema.id.deserializer": dual_schema_id_deserializer}
    deserializer: Any = JSONDeserializer(None, schema_registry_client=client, conf=conf)  # pyright: ignore[reportCallIssue]
    context = SerializationContext("nilometer.dev.events", MessageField.VALUE, [*message.headers])
    return deserializer(message.value, context)


def test_without_a_url_nothing_is_registered_and_no_header_is_sent(settings: Settings) -> None:
    assert register(settings) == {}
    assert SCHEMA_ID_HEADER not in dict(encode(SCORE, "dev", schema_ids={}).headers)


@pytest.mark.parametrize("guids", [True, False])
def test_confluents_client_reads_what_we_publish(registry: Served, settings: Settings, guids: bool) -> None:
    registry.state.guids = guids
    message = encode(SCORE, "dev", schema_ids=register(with_registry(settings, registry.url)))
    assert json.loads(message.value)["value"] == 1.0, "the value stays plain JSON"
    client = SchemaRegistryClient({"url": registry.url})
    assert read(client, message)["name"] == "valid_json"


def test_every_kind_has_a_subject_of_its_own_that_is_backward_compatible(registry: Served, settings: Settings) -> None:
    ids = register(with_registry(settings, registry.url))
    wanted = {f"{topic_name('dev', topic)}-dev.nilometer.{kind}.v1" for kind, topic in TOPIC_OF.items()}
    assert set(registry.state.subjects) == wanted
    assert registry.state.levels == dict.fromkeys(wanted, "BACKWARD")
    assert len(set(ids.values())) == len(TOPIC_OF) == len(documents()) - 1


def test_registering_again_gives_the_same_ids(registry: Served, settings: Settings) -> None:
    wanted = with_registry(settings, registry.url)
    assert register(wanted) == register(wanted)


def test_the_password_is_sent_and_not_shown(registry: Served, settings: Settings) -> None:
    secret = SecretStr("hush-hush")
    register(with_registry(settings, registry.url, username="u", password=secret))
    assert registry.state.users == {"Basic dTpodXNoLWh1c2g="}


def test_a_refusal_says_why_and_quotes_nothing(registry: Served, settings: Settings) -> None:
    registry.state.refuse = 409
    with pytest.raises(BrokerError, match=r"refused nilometer\.dev\.events-.*: incompatible") as caught:
        register(with_registry(settings, registry.url))
    assert "quoted" not in str(caught.value)


def test_a_registry_that_is_away_is_a_broker_error(registry: Served, settings: Settings) -> None:
    with pytest.raises(BrokerError, match="cannot reach the schema registry"):
        register(with_registry(settings, "http://127.0.0.1:1"))


def test_a_url_that_is_none_is_a_configuration_error(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"schema_registry\.url"):
        register(with_registry(settings, "ftp://nowhere"))


def test_confluents_own_fake_takes_the_schemas(settings: Settings) -> None:
    ids = register(with_registry(settings, "mock://"))
    assert all(value[0] == 1 and len(value) == 17 for value in ids.values())


def test_the_header_is_what_confluents_serializer_sends() -> None:
    guid = "89791762-2336-4186-9674-299b90a802e2"
    assert header(guid, 7).hex() == "01" + guid.replace("-", "")
    assert header(None, 7).hex() == "0000000007"


def test_closed_schemas_allow_exactly_what_is_written() -> None:
    schema = closed(documents()["span"])
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Usage"]["additionalProperties"] is False
    assert "additionalProperties" not in schema["properties"]["attributes"], "a map stays a map"
