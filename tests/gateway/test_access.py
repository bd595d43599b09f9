"""Who gets in: every endpoint with every kind of credential, and what the audit topic hears of it."""

import base64
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import msgspec
import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc

from nilometer.schemas import apikeys
from nilometer.schemas.apikeys import ApiKeys, DeniedError, keys_file
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.errors import ConfigurationError, KeyUnavailableError
from nilometer.schemas.settings import Settings, load_settings
from tests.support.gateway import JSON, PROTOBUF, Raw, Running, gateway, logs, traces
from tests.support.tansu import consume, tansu

NOW = datetime.now(UTC)
BINARY = JSON | {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/t", "ce-type": "dev.nilometer.feedback.v1"}
FEEDBACK = json.dumps(
    {"feedback_id": "f", "trace_id": "0af7651916cd43dd8448eb211c80319c", "created_at": "2026-01-31T12:00:00Z"}
).encode()
SPANS = traces().SerializeToString()
POSTS: dict[str, tuple[bytes, dict[str, str]]] = {
    "/v1/traces": (SPANS, PROTOBUF),
    "/v1/logs": (logs().SerializeToString(), PROTOBUF),
    "/v1/metrics": (b"", PROTOBUF),
    "/api/public/otel/v1/traces": (SPANS, PROTOBUF),
    "/v1/events": (FEEDBACK, BINARY),
    "/v1/feedback": (FEEDBACK, JSON),
}
PUBLIC = ("/healthz", "/readyz", "/openapi.json")
CREDENTIALS = (
    "none", "malformed", "unknown", "wrong", "expired", "revoked", "read", "admin", "other", "ingest"
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with tansu(tmp_path_factory.mktemp("broker")) as found:
        yield found


@pytest.fixture(scope="module")
def keys(settings: Settings) -> dict[str, str]:
    """The text of a key of each kind."""
    file = keys_file(settings)

    def make(name: str, scope: apikeys.Scope = "ingest", **more: object) -> str:
        given = {"environment": settings.environment, "project": None, "lifetime": None, "now": None} | more
        key, text = apikeys.create(file, name=name, scopes=[scope], **given)  # type: ignore[arg-type]  # pyright: ignore
        if name == "revoked":
            apikeys.revoke(file, key.key_id)
        return text

    found = {name: make(name) for name in ("ingest", "revoked")}
    found["expired"] = make("expired", lifetime=timedelta(days=1), now=NOW - timedelta(days=2))
    found["other"] = make("other", environment="prod")
    found["project"] = make("project", project="checkout")
    found["read"] = make("read", "read")
    found["admin"] = make("admin", "admin")
    found["wrong"] = found["ingest"][:-1] + ("A" if found["ingest"][-1] != "A" else "B")
    found["unknown"] = "nlm_0123456789abcdef_" + "A" * 43
    found["malformed"] = "sk-lf-1"
    return found


@pytest.fixture(scope="module")
def running(settings: Settings, keys: dict[str, str]) -> Iterator[Running]:
    with gateway(settings, sets={"require_key": "true"}) as started:
        assert started.require_key
        yield started


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(f"{text[4:20]}:{text}".encode()).decode()


def expected(credential: str, scope: str) -> int:
    if credential in ("read", "admin", "ingest"):
        return 200 if credential == scope else 403
    return 403 if credential == "other" else 401


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_every_endpoint(running: Running, keys: dict[str, str], credential: str) -> None:
    text = keys.get(credential, "")
    ways = [{}] if not text else [{"authorization": f"Bearer {text}"}, {"x-api-key": text}]
    if text:
        ways.append({"authorization": basic(text)})
    with running.client() as client:
        for way in ways:
            for path, (body, headers) in POSTS.items():
                answer = client.post(path, content=body, headers=headers | way)
                assert answer.status_code == expected(credential, "ingest"), (path, way)
                assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
            assert client.get("/metrics", headers=way).status_code == expected(credential, "read")
            for path in PUBLIC:
                assert client.get(path, headers=way).status_code == 200


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_every_method_of_grpc(running: Running, keys: dict[str, str], credential: str) -> None:
    text = keys.get(credential, "")
    ways = [()] if not text else [(("authorization", f"Bearer {text}"),), (("x-api-key", text),)]
    codes = {200: None, 401: grpc.StatusCode.UNAUTHENTICATED, 403: grpc.StatusCode.PERMISSION_DENIED}
    with grpc.insecure_channel(running.grpc.removeprefix("http://")) as channel:
        calls = (
            (trace_service_pb2_grpc.TraceServiceStub(channel).Export, traces()),
            (logs_service_pb2_grpc.LogsServiceStub(channel).Export, logs()),
            (
                metrics_service_pb2_grpc.MetricsServiceStub(channel).Export,
                metrics_service_pb2.ExportMetricsServiceRequest(),
            ),
        )
        for way in ways:
            for call, request in calls:
                code = None
                try:
                    call(request, metadata=way, timeout=20)
                except grpc.RpcError as error:
                    code = error.code()  # pyright: ignore[reportAttributeAccessIssue]
                assert code == codes[expected(credential, "ingest")]


def test_basic_with_the_user_of_another_key_is_denied(running: Running, keys: dict[str, str]) -> None:
    pair = base64.b64encode(f"{keys['read'][4:20]}:{keys['ingest']}".encode()).decode()
    for value in (f"Basic {pair}", "Basic é", "Digest x", "Bearer"):
        with running.client() as client:
            headers = [(b"authorization", value.encode()), (b"content-type", b"application/x-protobuf")]
            assert client.post("/v1/traces", content=SPANS, headers=headers).status_code == 401


def test_the_audit_topic_hears_of_denials_once_and_never_of_keys(running: Running, keys: dict[str, str]) -> None:
    with running.client() as client:
        for _ in range(20):
            client.post("/v1/logs", content=b"", headers=PROTOBUF | {"x-api-key": keys["revoked"]})
    found = consume(running.settings, "audit", 10_000, timeout=3)
    entries = [msgspec.json.decode(record.value, type=AuditEntry) for record in found]
    revoked = [e for e in entries if e.details["reason"] == "revoked" and e.target == "/v1/logs"]
    assert len(revoked) == 1
    assert revoked[0].outcome == "denied"
    assert revoked[0].actor == keys["revoked"].split("_")[1]
    everything = b"".join(record.value for record in found) + running.said().encode()
    assert not [name for name, text in keys.items() if text.encode() in everything]


def test_a_key_of_a_project_puts_what_comes_into_it(running: Running, keys: dict[str, str]) -> None:
    with Raw(running.settings) as raw, running.client(headers={"x-api-key": keys["project"]}) as client:
        raw.rest()
        assert client.post("/v1/traces", content=SPANS, headers=PROTOBUF).status_code == 200
        [(_, sealed)] = raw.next()
        assert sealed["nilometer-project"] == "checkout"
        span = {
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "span_id": "b7ad6b7169203331",
            "name": "chat",
            "started_at": "2026-01-31T12:00:00Z",
            "project": "another",
        }
        headers = BINARY | {"ce-type": "dev.nilometer.span.v1"}
        assert client.post("/v1/events", content=json.dumps(span), headers=headers).status_code == 200
        [(got, _)] = raw.next()
        assert json.loads(got)["project"] == "checkout"


def test_rotation_overlaps_and_revocation_holds_at_once(running: Running) -> None:
    file = keys_file(running.settings)
    old, old_text = apikeys.create(file, environment="dev", name="app", scopes=["ingest"])
    with running.client() as client:

        def status(text: str) -> int:
            return client.post("/v1/metrics", content=b"", headers=PROTOBUF | {"x-api-key": text}).status_code

        assert status(old_text) == 200
        new, new_text = apikeys.rotate(file, old.key_id, overlap=timedelta(hours=1))
        assert (new.replaces, new.scopes) == (old.key_id, old.scopes)
        assert (status(old_text), status(new_text)) == (200, 200)
        apikeys.revoke(file, old.key_id)
        assert (status(old_text), status(new_text)) == (401, 200)
        _, gone = apikeys.rotate(file, new.key_id, overlap=timedelta(0))
        assert (status(new_text), status(gone)) == (401, 200)
    with pytest.raises(KeyUnavailableError, match="make a new one"):
        apikeys.rotate(file, new.key_id, overlap=timedelta(0))


def test_the_file_holds_hashes_and_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "api-keys.json"
    _, text = apikeys.create(file, environment="dev", name="app", scopes=["ingest"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert text.split("_", 2)[2] not in file.read_text()
    with pytest.raises(KeyUnavailableError, match="no such API key"):
        apikeys.revoke(file, "0" * 16)
    with pytest.raises(ConfigurationError, match="scope"):
        apikeys.create(file, environment="dev", name="app", scopes=[])


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "api-keys.json"
    _, text = apikeys.create(file, environment="dev", name="app", scopes=["ingest"])
    known = ApiKeys(file, "dev")
    assert known.check(text, "ingest", NOW).name == "app"
    file.write_text("[")
    with pytest.raises(KeyUnavailableError):
        known.check(text, "ingest", NOW)
    file.unlink()
    with pytest.raises(DeniedError):
        known.check(text, "ingest", NOW)


@pytest.mark.parametrize("host", ["198.51.100.7", "192.0.2.1", "example.org"])
def test_only_this_machines_address_may_go_without_keys(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NILOMETER_GATEWAY__HOST", host)
    monkeypatch.setenv("NILOMETER_GATEWAY__REQUIRE_KEY", "false")
    with pytest.raises(ConfigurationError, match="require_key"):
        load_settings()
