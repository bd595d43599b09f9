"""The chain as production makes it, and on real traffic."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nilometer.producers.importers import Imported, read
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Settings, ValidationSettings, load_settings
from nilometer.schemas.span import PricedSpan
from nilometer.streams import chain
from tests.support.chain import ENVIRONMENT, NOW, context, key_ring, line, record


def test_the_context_of_production_follows_the_settings(settings: Settings) -> None:
    validation = ValidationSettings(max_span_bytes=1_234)
    mine = settings.model_copy(update={"environment": ENVIRONMENT, "validation": validation})
    ctx = chain.make_context(mine, key_ring(), incarnation="cluster/1", clock=lambda: NOW)
    assert (ctx.environment, ctx.incarnation, ctx.validation) == (ENVIRONMENT, "cluster/1", validation)
    assert ctx.max_message_bytes == mine.topics.max_message_bytes
    message = [{"role": "user", "parts": [{"type": "text", "content": "Mail me: sophia@example.com"}]}]
    (event,) = chain.run([record([line(input_messages=message)])], ctx).events
    assert isinstance(event, PricedSpan)
    assert event.mask_version == ctx.masker.version
    assert event.masked == {"EMAIL_ADDRESS": 1}


def test_a_setting_that_is_no_time_is_refused_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "nilometer.toml"
    file.write_text('validation.earliest = "yesterday"\n')
    with pytest.raises(ConfigurationError, match=r"validation\.earliest"):
        load_settings(file)


@pytest.mark.real_data
def test_real_agent_runs_come_through_whole_by_both_ways_in(shared_data: Path) -> None:
    """Without masking, which has tests of its own and takes minutes here."""
    path = shared_data / "tau_airline_gpt4o.jsonl"
    found = list(
        read(path, "openai-chat", started_at=datetime(2026, 1, 1, tzinfo=UTC), provider="openai", model="gpt-4o")
    )
    imported = [item for item in found if isinstance(item, Imported)]
    assert len(imported) == len(found) > 1_229
    ctx = context()
    sourced = [chain.Sourced(item.event, Coordinates(source=path.name, offset=item.line)) for item in imported]
    offline = chain.run_events(sourced, ctx)
    assert offline.dead == []
    assert len({event.event_id for event in offline.events}) == len(imported)
    assert len({event.trace_id for event in offline.events}) == 100
    lines = [msgspec.json.encode(item.event) for item in imported]
    records = [record(lines[start : start + 50], offset=start) for start in range(0, len(lines), 50)]
    live = chain.run(records, ctx)
    assert live.dead == []
    assert live.events == offline.events
