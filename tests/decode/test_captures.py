"""Captures of real clients: exactly one call for each that the client made, equal to what the server served."""

import json
from pathlib import Path
from typing import Any

import pytest

from nilometer.console.backfill import backfill
from nilometer.schemas.settings import MaskingSettings, Settings
from tests.support.lake import rows

pytestmark = pytest.mark.real_data

CLIENTS = (
    *("openai_genai", "anthropic_genai", "openai_openinference", "openai_traceloop"),
    *("langchain_openinference", "pydantic_ai", "autogen_openinference", "chroma_traceloop"),
)
NOT_SENT: dict[str, dict[str, set[str]]] = {
    # LangChain's instrumentation sees no embeddings; a streamed answer has no id, and says which model was asked for.
    "langchain_openinference": {"paths": {"/v1/embeddings"}, "response_id": {"chatcmpl-00000152"}},
    # AutoGen passes on neither ids of responses nor details of tokens.
    "autogen_openinference": {"response_id": {"*"}, "details": {"*"}},
    # OpenLLMetry leaves reasoning tokens out where it streams.
    "openai_traceloop": {"reasoning": {"chatcmpl-00000061"}},
}
"""What the clients never sent; everything else must be there."""
Key = tuple[Any, ...]


def truth(shared_data: Path, client: str) -> list[Key]:
    file = shared_data / "otlp" / "truth" / f"{client}.jsonl"
    if not file.is_file():
        return []
    missing = NOT_SENT.get(client, {})
    found: list[Key] = []
    failed: set[str] = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        served = json.loads(line)
        if served["path"] in missing.get("paths", ()):
            continue
        if served["status"] != 200:
            # Retries inside the client library are invisible to it.
            if served["model"] not in failed:
                found.append(("error", served["model"], None, None, None, None, None, None))
            failed.add(served["model"])
            continue
        identity = served["response_id"]
        hidden = {
            name for name in ("response_id", "details", "reasoning") if {identity, "*"} & missing.get(name, set())
        }
        found.append(("ok", served["model"], *_expected(served["usage"], identity, hidden)))
    return sorted(found, key=str)


def _expected(usage: dict[str, Any], identity: str | None, hidden: set[str]) -> Key:
    ins = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    outs = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    read = ins.get("cached_tokens", usage.get("cache_read_input_tokens"))
    write = usage.get("cache_creation_input_tokens")
    taken = usage.get("prompt_tokens", usage.get("input_tokens"))
    if write is not None:
        taken += (read or 0) + write
    reasoning = outs.get("reasoning_tokens")
    return (
        None if "response_id" in hidden else identity,
        taken,
        usage.get("completion_tokens", usage.get("output_tokens")),
        None if "details" in hidden else read,
        None if "details" in hidden else write,
        None if hidden & {"details", "reasoning"} else reasoning,
    )


def calls(settings: Settings) -> list[Key]:
    found = rows(
        settings,
        """
        SELECT status, coalesce(response_model, request_model) AS model, response_id, input_tokens, output_tokens,
            -- A count of 0 that the server did not serve is the client's, and no contradiction.
            nullif(cache_read_tokens, 0) AS read, nullif(cache_write_tokens, 0) AS write, reasoning_tokens
        FROM calls
        """,
    )
    return sorted((tuple(row.values()) for row in found), key=str)


@pytest.fixture
def unmasked(settings: Settings) -> Settings:
    return settings.model_copy(update={"masking": MaskingSettings()})


@pytest.mark.parametrize("client", CLIENTS)
def test_calls_are_those_that_the_server_served(shared_data: Path, settings: Settings, client: str) -> None:
    done = backfill(settings, [shared_data / "otlp" / f"{client}.pb"], "otlp")
    assert not done.dead
    assert calls(settings) == truth(shared_data, client)
