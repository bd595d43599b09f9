"""Plays a scenario through the real SDK, and keeps what was sent: the truth."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from confluent_kafka import Producer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from nilometer.console.simulate.model import CallStep, Conversation, RetrievalStep, Step, ToolStep
from nilometer.console.simulate.scenario import INCIDENT_FEATURE
from nilometer.producers import Nilometer
from nilometer.producers.trace import Trace
from nilometer.schemas.broker import producer_config
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.keys import SealingKey, key_id, load_sealing_key
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import NATIVE, seal

INCIDENT_PAUSE_SECONDS = 0.05


class ScenarioClock:
    """Time as the scenario has it; `live` lets it be the present."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._elapsed = 0.0

    def set(self, at: datetime) -> None:
        self._at = at

    def live(self) -> None:
        self._at = None

    def advance(self, seconds: float) -> None:
        if self._at is not None:
            self._at += timedelta(seconds=seconds)
            self._elapsed += seconds

    def now(self) -> datetime:
        return self._at or datetime.now(UTC)

    def monotonic(self) -> float:
        return self._elapsed if self._at is not None else time.monotonic()


@dataclass(frozen=True)
class SentCall:
    """A call that was sent, under the ids that the SDK gave it."""

    trace_id: str
    span_id: str
    feature: str
    started_at: datetime
    step: CallStep


@dataclass
class Played:
    """The truth of what was sent."""

    calls: list[SentCall] = field(default_factory=list[SentCall])
    others: Counter[str] = field(default_factory=Counter[str])
    """View → rows besides calls."""
    dead: Counter[str] = field(default_factory=Counter[str])
    """Step → dead letters."""
    broken_at: datetime | None = None
    """When the call ended that broke the rule."""

    @property
    def events(self) -> int:
        return len(self.calls) + self.others["tool_calls"] + self.others["retrievals"] + self.others["agents"]


class Player:
    """Plays conversations on one client, whose clock it turns."""

    def __init__(self, client: Nilometer, clock: ScenarioClock) -> None:
        self._client = client
        self._clock = clock
        self.played = Played()

    def history(self, conversations: Iterable[Conversation], tick: Callable[[int], None]) -> None:
        """Conversations of the past, each at its time. `tick` is told how many calls were sent."""
        for conversation in conversations:
            self._clock.set(conversation.started_at)
            self._conversation(conversation)
            tick(len(conversation.calls()))
        self._clock.live()

    def incident(self, steps: Iterable[CallStep], minimum_calls: int, tick: Callable[[int], None]) -> None:
        """Calls of the present, most of which fail; from the `minimum_calls`-th on the rule is broken."""
        self._clock.live()
        for number, step in enumerate(steps, 1):
            with self._client.trace("search-products", feature=INCIDENT_FEATURE, agent_name="search-agent") as trace:
                self._call(trace, step, INCIDENT_FEATURE, None)
            self.played.others["agents"] += 1
            if number == minimum_calls:
                self.played.broken_at = datetime.now(UTC)
            tick(1)
            time.sleep(INCIDENT_PAUSE_SECONDS)

    def _conversation(self, conversation: Conversation) -> None:
        with self._client.trace(
            conversation.name,
            user_id=conversation.user_id,
            session_id=conversation.session_id,
            feature=conversation.feature,
            agent_name=conversation.agent_name,
        ) as trace:
            for step in conversation.steps:
                self._step(trace, step, conversation)
        self.played.others["agents"] += 1
        if conversation.feedback is not None:
            note = conversation.feedback
            self._clock.advance(30)
            self._client.feedback(
                trace_id=trace.id,
                thumbs=note.thumbs,
                comment=note.comment,
                correction=note.correction,
                user_id=conversation.user_id,
            )
            self.played.others["feedback"] += 1

    def _step(self, trace: Trace, step: Step, conversation: Conversation) -> None:
        match step:
            case CallStep():
                self._call(trace, step, conversation.feature, conversation.prompt)
            case ToolStep():
                with trace.tool(step.name, arguments=step.arguments, call_id=step.call_id) as tool:
                    self._clock.advance(step.seconds)
                    tool.respond(step.result)
                self.played.others["tool_calls"] += 1
            case RetrievalStep():
                with trace.retrieval(step.query, top_k=len(step.documents)) as retrieval:
                    self._clock.advance(step.seconds)
                    retrieval.respond(step.documents)
                self.played.others["retrievals"] += 1
        # Between two steps the application works, too.
        self._clock.advance(0.01)

    def _call(self, trace: Trace, step: CallStep, feature: str, prompt: tuple[str, str] | None) -> None:
        started_at = self._clock.now()
        with trace.call(
            provider=step.provider,
            model=step.model,
            input_messages=step.messages,
            tools=step.tools,
            operation=step.operation,
            prompt_name=prompt[0] if prompt else None,
            prompt_version=prompt[1] if prompt else None,
            **step.parameters,
        ) as call:
            self._clock.advance(step.seconds)
            if step.error_type is not None:
                call.fail(step.error_type, "the provider did not answer")
            else:
                call.respond(step.reply)
        self.played.calls.append(SentCall(call.trace_id, call.span_id, feature, started_at, step))


def play_broken(settings: Settings, planted: str, played: Played) -> None:
    """Records that must end as dead letters: a foreign key, JSON that is cut, a wrong type, a clock in 1970."""
    producer = Producer(producer_config(settings))
    topic = topic_name(settings.environment, "raw")
    stranger = X25519PrivateKey.generate().public_key()
    ids = f'"trace_id":"{secrets.token_hex(16)}","span_id":"{secrets.token_hex(8)}"'
    lines = [
        f'{{"type":"span",{ids},"name":"{planted}"',
        f'{{"type":"span",{ids},"name":"{planted}","started_at":"yesterday"}}',
        f'{{"type":"span",{ids},"name":"too old","started_at":"1970-01-01T00:00:00Z"}}',
    ]
    body = "\n".join(lines).encode() + b"\n"
    for key in (SealingKey(key_id(stranger), stranger), load_sealing_key(settings)):
        message = seal(body, NATIVE, key, settings.environment)
        producer.produce(topic, message.value, headers=[*message.headers])
    if producer.flush(15):
        raise BrokerError("the broker did not take the broken records")
    played.dead.update({"open": 1, "decode": 2, "validate": 1})
