"""The client: what a service imports."""

import logging
from typing import Any, Self
from uuid import uuid4

from nilometer.producers.context import CURRENT, Clock, Ids, RandomIds, SystemClock
from nilometer.producers.sender import Sender
from nilometer.producers.trace import Recorder, Span, Starts, Trace, harmless, start_trace, text
from nilometer.producers.transport import NullTransport, Stats, Transport
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import RawFeedback, Thumbs
from nilometer.schemas.settings import Settings, load_settings

_LOG = logging.getLogger("nilometer.producers")


class Nilometer(Starts):
    """Records what an application does with models. One is enough for a process; it is safe to share among threads.

    Nothing here raises or waits, but for what the application's own code raises; `flush` and `close` wait as told.
    Settings come from `nilometer.toml` and the environment; where those are wrong, events are dropped and counted.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        reason = None
        if settings is None:
            try:
                settings = load_settings()
            except ConfigurationError as error:
                _LOG.error("no events are recorded: %s", error)
                settings, reason = Settings.model_construct(), "misconfigured"
        if not settings.producer.enabled:
            reason = "disabled"
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.ids: Ids = ids or RandomIds()
        self._transport = transport or (NullTransport(reason) if reason else Sender(settings))

    def trace(
        self,
        name: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        feature: str | None = None,
        project: str | None = None,
        agent_name: str | None = None,
        traceparent: str | None = None,
        **attributes: Any,
    ) -> Trace:
        """A request from its beginning to its end. `traceparent` is the caller's W3C header, if there is one.

        Within another trace it is a part of that one. What is given here holds for all that happens within.
        """
        return start_trace(
            self,
            name,
            traceparent,
            operation="invoke_agent" if agent_name else None,
            user_id=user_id,
            session_id=session_id,
            feature=feature,
            project=project,
            agent_name=agent_name,
            attributes=attributes,
        )

    def recorder(self) -> Recorder:
        return self

    def innermost(self) -> Span | None:
        """The span that is open here; what starts without one is a trace of its own."""
        span = CURRENT.get()
        return span if isinstance(span, Span) else None

    def feedback(
        self,
        *,
        trace_id: str,
        span_id: str | None = None,
        thumbs: Thumbs | None = None,
        rating: float | None = None,
        comment: str | None = None,
        correction: str | None = None,
        user_id: str | None = None,
        feedback_id: str | None = None,
        **attributes: Any,
    ) -> None:
        """What a person said of a trace, or of one span. The same `feedback_id` sent again is the same feedback."""
        self._feedback(
            feedback_id=text(feedback_id) or uuid4().hex,
            trace_id=trace_id,
            span_id=span_id,
            thumbs=thumbs,
            rating=rating,
            comment=comment,
            correction=correction,
            user_id=user_id,
            attributes=attributes,
        )

    @harmless
    def _feedback(self, *, comment: str | None, correction: str | None, user_id: Any, **fields: Any) -> None:
        keep = self.settings.producer.record_content
        self.record(
            RawFeedback(
                **fields,
                created_at=self.clock.now(),
                comment=comment if keep else None,
                correction=correction if keep else None,
                user_id=text(user_id),
                environment=self.settings.environment,
                service=self.settings.producer.service,
            )
        )

    def record(self, event: RawEvent) -> None:
        """Takes an event that the application made itself."""
        self._transport.put(event)

    def flush(self, timeout: float = 5) -> bool:
        """Waits up to `timeout` seconds until all that was recorded before has been acknowledged by the broker."""
        return self._transport.flush(timeout)

    def close(self, timeout: float | None = None) -> bool:
        """Flushes and ends. What is not delivered in time waits in the spool. Happens by itself at exit."""
        return self._transport.close(timeout)

    def stats(self) -> Stats:
        """What became of the events so far."""
        return self._transport.stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
