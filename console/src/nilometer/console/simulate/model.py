"""A conversation as data: what an application would do, step by step."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from nilometer.schemas.span import Usage

Json = dict[str, Any]


@dataclass(frozen=True)
class CallStep:
    """One request to a model. Either `reply`, in the provider's own form, or `error_type`."""

    provider: str
    model: str
    seconds: float
    messages: list[Json] | None = None
    operation: Literal["chat", "embeddings"] = "chat"
    reply: Json | None = None
    usage: Usage = field(default_factory=Usage)
    """The truth about the tokens, by our definitions."""
    error_type: str | None = None
    parameters: Json = field(default_factory=dict[str, Any])
    tools: list[Json] | None = None


@dataclass(frozen=True)
class ToolStep:
    name: str
    arguments: Json
    result: Any
    seconds: float
    call_id: str | None = None
    error_type: str | None = None


@dataclass(frozen=True)
class RetrievalStep:
    query: str
    documents: list[Json]
    seconds: float


Step = CallStep | ToolStep | RetrievalStep


@dataclass(frozen=True)
class FeedbackNote:
    thumbs: Literal["up", "down"]
    comment: str | None = None
    correction: str | None = None


@dataclass(frozen=True)
class Conversation:
    """One trace."""

    name: str
    feature: str
    user_id: str
    session_id: str
    agent_name: str
    started_at: datetime
    steps: list[Step]
    prompt: tuple[str, str] | None = None
    """Name and version."""
    feedback: FeedbackNote | None = None

    def calls(self) -> list[CallStep]:
        return [step for step in self.steps if isinstance(step, CallStep)]
