"""Events for a warehouse: single spans as a test wants them, and traffic with something of everything."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from nilometer.schemas.alert import Alert
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.ids import event_id
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.warehouse.writer import Writer, Written

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FEATURES = ("support", "search", "summaries", "<script>alert(1)</script>")
MODELS = (("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"), ("acme", "own-model"))


def trace_id(n: int) -> str:
    return f"{n:032x}"


def span_id(n: int) -> str:
    return f"{n:016x}"


def say(text: str) -> list[dict[str, Any]]:
    return [{"role": "assistant", "parts": [{"type": "text", "content": text}]}]


def ask(name: str, arguments: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": name, "arguments": arguments}]}]


def priced(trace: int = 1, n: int = 1, **fields: Any) -> PricedSpan:
    """Span n of a trace: an LLM call under the root (span 0), n seconds after START, unless told otherwise."""
    values: dict[str, Any] = {
        "trace_id": trace_id(trace),
        "span_id": span_id(n),
        "parent_span_id": span_id(0) if n else None,
        "name": "chat" if n else "answer",
        "operation": "chat" if n else "invoke_agent",
        "started_at": START + timedelta(seconds=n),
        "ended_at": START + timedelta(seconds=n + 1),
        "environment": "dev",
        "mask_version": "test/1",
    } | fields
    return PricedSpan(event_id=event_id("span", values["trace_id"], values["span_id"]), **values)


def write(settings: Settings, events: Sequence[Any], *, at: datetime = START, **more: Any) -> Written:
    """Writes as a loader would have done at that time: long ago, so that traces are finished."""
    with Writer(settings, clock=lambda: at) as writer:
        return writer.write(events, **more)


def traffic(traces: int = 120, hours: int = 48, start: datetime = START, seed: int = 7) -> list[PricedSpan]:
    """Agent runs over some hours: a root, two to five calls, a tool between them; errors, unknown prices and masks."""
    rng = random.Random(seed)
    spans: list[PricedSpan] = []
    for t in range(1, traces + 1):
        at = start + timedelta(hours=hours * (t - 1) / traces, seconds=rng.randrange(600))
        feature = rng.choices(FEATURES, (6, 3, 2, 1))[0]
        common: dict[str, Any] = {
            "service": "shop",
            "feature": feature,
            "user_id": f"u_{rng.randrange(12):012x}",
            "session_id": f"s-{t}",
        }
        calls = rng.randint(2, 5)
        failed = rng.random() < 0.06
        end = at + timedelta(seconds=3 * calls)
        spans.append(priced(t, 0, started_at=at, ended_at=end, agent_name="helper", **common))
        for n in range(1, calls + 1):
            began = at + timedelta(seconds=3 * (n - 1))
            spans.append(_call(rng, t, n, began, last=n == calls, failed=failed, common=common))
            if n < calls:
                spans.append(
                    priced(
                        t,
                        100 + n,
                        name="lookup_order",
                        operation="execute_tool",
                        tool_name="lookup_order",
                        tool_arguments={"order": f"<ID_{rng.randrange(3)}>"},
                        started_at=began + timedelta(seconds=2),
                        ended_at=began + timedelta(seconds=2, milliseconds=rng.randrange(20, 400)),
                        **common,
                    )
                )
    return spans


def _call(
    rng: random.Random, t: int, n: int, began: datetime, *, last: bool, failed: bool, common: dict[str, Any]
) -> PricedSpan:
    provider, model = rng.choices(MODELS, (5, 4, 2, 1))[0]
    tokens_in = rng.randrange(200, 6_000)
    tokens_out = rng.randrange(20, 900)
    known = provider != "acme"
    error = failed and last
    usage = None if error else Usage(input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=tokens_in // 3)
    cost = Decimal(tokens_in * 25 + tokens_out * 100) / 10_000_000 if known and not error else None
    return priced(
        t,
        n,
        started_at=began,
        ended_at=began + timedelta(milliseconds=int(rng.lognormvariate(6.6, 0.5))),
        provider=provider,
        request_model=model,
        response_model=model,
        status="error" if error else "ok",
        error_type=rng.choice(("RateLimitError", "APITimeoutError")) if error else None,
        finish_reason=None if error else "stop" if last else "tool_calls",
        parameters={"temperature": 0.2} | ({"response_format": {"type": "json_object"}} if n == 1 else {}),
        output_messages=None if error else say('{"a": 1}' if n == 1 else "Done.") if last or n == 1 else ask("f", {}),
        usage=usage,
        cost=cost,
        currency="USD" if cost is not None else None,
        price_version="test-prices/1" if cost is not None else None,
        unpriced_reason=None if cost is not None else "no_usage" if error else "unknown_model",
        masked={"PERSON": rng.randrange(1, 4), "EMAIL_ADDRESS": 1} if rng.random() < 0.4 else {},
        **common,
    )


def alerts() -> list[Alert]:
    """One that fired and resolved, and one that fires still."""

    def change(rule: str, state: Any, minutes: int) -> Alert:
        at = START + timedelta(minutes=minutes)
        return Alert(
            event_id=event_id("alert", rule, state),
            alert_id=event_id("alert", rule),
            rule=rule,
            state=state,
            severity="critical",
            metric="error_rate",
            value=0.31,
            threshold=0.1,
            window_seconds=60,
            dimensions={"feature": FEATURES[-1]},
            environment="dev",
            started_at=START + timedelta(minutes=10),
            changed_at=at,
            detected_at=at + timedelta(seconds=1),
            summary="too many calls fail",
        )

    return [change("errors", "firing", 11), change("errors", "resolved", 19), change("slow", "firing", 30)]


def dead_letters() -> list[DeadLetter]:
    def letter(offset: int, step: Any, kind: str) -> DeadLetter:
        source = Coordinates(source="nilometer.dev.raw", partition=0, offset=offset)
        return DeadLetter(
            event_id=dead_letter_id(source, "", step),
            step=step,
            error_type=kind,
            message="a field that is not known",
            source=source,
            environment="dev",
            failed_at=START + timedelta(minutes=offset),
            original=b"sealed",
        )

    return [letter(1, "decode", "malformed"), letter(2, "decode", "unknown_field"), letter(3, "mask", "too_long")]
