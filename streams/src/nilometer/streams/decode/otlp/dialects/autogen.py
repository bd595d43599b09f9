"""AutoGen's own spans: agents and tools by OpenTelemetry's names, and its runtime's messaging, which is no call."""

from nilometer.streams.decode.otlp.draft import Draft

_SCOPES = ("autogen-core", "autogen-agentchat", "autogen ")


def read(draft: Draft) -> None:
    if draft.span.scope.name.startswith(_SCOPES) and draft.get("messaging.operation") == "process":
        # Who is at work; the attribute stays, for it says where the message went.
        draft.set("agent_name", draft.get("recipient_agent_type"))
