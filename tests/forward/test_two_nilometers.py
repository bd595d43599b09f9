"""Captures through one Nilometer and on into another: the same calls, tokens and messages on both sides."""

from pathlib import Path

import pytest

from nilometer.console import draining
from nilometer.schemas.keys import ensure_keys
from nilometer.schemas.settings import Destination, ForwardSettings, Settings
from nilometer.warehouse.writer import Writer
from tests.decode.test_captures import CLIENTS
from tests.support.gateway import gateway
from tests.support.kafka import wait_for
from tests.support.lake import rows
from tests.support.stack import Stack
from tests.support.tansu import tansu
from tests.support.ways import ways
from tests.transports.test_parity import requests

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(900)]

QUESTIONS = {
    "spans": """
        SELECT event_id, trace_id, span_id, parent_span_id, name, started_at, ended_at, status, error_type,
            error_message, operation, service, scope, provider, request_model, response_model, response_id,
            finish_reason, input_tokens, output_tokens, cache_read_tokens,
            cache_write_tokens, reasoning_tokens, cost, parameters,
            input_messages, output_messages, tool_definitions, retrieval_query, retrieval_documents, duplicate_of
        FROM spans ORDER BY event_id
    """,
    "calls": "SELECT event_id, status, input_tokens, output_tokens, cost, response_id FROM calls ORDER BY event_id",
    "tools": "SELECT event_id, tool_name, tool_call_id, tool_arguments, tool_result FROM tool_calls ORDER BY event_id",
    "duplicates": "SELECT event_id, duplicate_of, duplicate_reason FROM duplicates ORDER BY event_id",
    "details": """
        SELECT trace_id, span_id, position, name, input_messages, output_messages FROM span_details ORDER BY ALL
    """,
}


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_both_have_the_same_calls(shared_data: Path, tmp_path: Path, protocol: str) -> None:
    first_base = Settings(home=tmp_path / "one", environment="one")
    second_base = first_base.model_copy(update={"home": tmp_path / "two", "environment": "two"})
    with tansu(tmp_path, first_base) as first, tansu(tmp_path / "second", second_base) as second:
        for settings in (first, second):
            settings.home.mkdir(parents=True, exist_ok=True)
            ensure_keys(settings)
        with gateway(first) as entrance, gateway(second) as there:
            endpoint = f"http://{there.grpc.partition('://')[2]}" if protocol == "grpc" else there.http
            to = Destination.model_validate(
                {"name": "second", "endpoint": endpoint, "protocol": protocol, "logs": True}
            )
            first = first.model_copy(update={"forward": ForwardSettings(destinations=[to])})
            with Stack(first, ["worker-1", "loader", "forward"]) as one, Stack(second, ["worker-1", "loader"]) as two:
                send = ways(entrance.http, "", "", first.collector)["HTTP protobuf, gzip"]
                for client in CLIENTS:
                    for request in requests(shared_data / "otlp" / f"{client}.pb"):
                        send(request)
                with Writer(first) as writer:
                    wait_for(lambda: not draining.waiting(first, writer), "the first to have it all", 300, one.check)
                count = "SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM span_details) AS n"
                wanted = rows(first, count)
                assert wanted[0]["n"] > 100
                wait_for(lambda: rows(second, count) == wanted, "the second to have it all", 120, two.check)
        for what, question in QUESTIONS.items():
            assert rows(second, question) == rows(first, question), what
            assert rows(first, question) or what == "duplicates", what
        assert rows(first, "SELECT count(*) AS n FROM dead_letters") == [{"n": 0}]
        sent = "SELECT count(*) AS n FROM spans WHERE attributes->>'nilometer.cost.total' IS NOT NULL"
        assert rows(second, sent)[0]["n"] > 0, "the first's price came along"
