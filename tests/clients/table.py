"""Which clients are tried, with which versions, and what each never sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NEWEST = "2026-11-24"
"""No package newer than this day is taken, so that runs repeat: of what has no version here, the newest of that day."""

PINS: Mapping[str, str] = {}
"""Package → version, of those that recipes name."""


@dataclass(frozen=True)
class Client:
    """A client, how it is instrumented, and what it does."""

    name: str
    recipe: str
    """Of docs/clients.md."""
    scenarios: Sequence[str]
    """Files of scenarios/, one after another."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    versions: Sequence[str] = ()
    """Requirements instead of, or besides, those of the recipe."""
    before: str = ""
    """Lines instead of the recipe's."""
    not_sent: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kind of call → fields that its rows lack, because the client never sends them (see compare.py)."""
    python: str = "3.11"


CONTENT = {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
}
EVENTS = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}
LANGFUSE = {"LANGFUSE_HOST": "{otlp}", "LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk"}
CREWAI = {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}
LITELLM = {"OTEL_EXPORTER": "otlp_http", "OTEL_ENDPOINT": "{otlp}/v1/traces", "LITELLM_LOCAL_MODEL_COST_MAP": "true"}


def _plain(recipe: str, *scenarios: str, **more: str) -> Client:
    client = recipe.partition("/")[0].replace("-", "_")
    name = recipe.replace("/", "_").replace("-", "_")
    return Client(name, recipe, scenarios or (client,), more)


CLIENTS = (
    Client("openai_opentelemetry", "openai/opentelemetry", ("openai",), CONTENT),
    _plain("openai/openinference"),
    _plain("openai/traceloop"),
    _plain("openai/logfire"),
    Client("openai_langfuse", "openai/langfuse", ("openai",), LANGFUSE),
    _plain("openai/openlit"),
    _plain("openai/traceloop-sdk", "openai"),
    _plain("anthropic/own"),
    Client("anthropic_opentelemetry", "anthropic/opentelemetry", ("anthropic",), CONTENT),
    _plain("anthropic/openinference"),
    _plain("anthropic/traceloop"),
    _plain("anthropic/logfire"),
    _plain("langchain/openinference"),
    _plain("langchain/traceloop"),
    Client("langchain_opentelemetry", "langchain/opentelemetry", ("langchain",), CONTENT),
    Client("langchain_langfuse", "langchain/langfuse", ("langchain",), LANGFUSE),
    _plain("llama-index/openinference"),
    _plain("llama-index/traceloop"),
    _plain("crewai/openinference", **CREWAI),
    _plain("crewai/traceloop", **CREWAI),
    _plain("openai-agents/openinference"),
    _plain("openai-agents/traceloop"),
    Client("openai_agents_opentelemetry", "openai-agents/opentelemetry", ("openai_agents",), CONTENT),
    _plain("openai-agents/logfire"),
    _plain("pydantic-ai/own"),
    _plain("pydantic-ai/logfire"),
    _plain("autogen/openinference"),
    Client("google_genai_opentelemetry", "google-genai/opentelemetry", ("google_genai",), CONTENT),
    _plain("google-genai/openinference"),
    _plain("google-genai/traceloop"),
    _plain("mistralai/openinference"),
    _plain("mistralai/traceloop"),
    _plain("cohere/traceloop"),
    _plain("groq/openinference"),
    _plain("groq/traceloop"),
    _plain("ollama/traceloop"),
    _plain("bedrock/openinference"),
    _plain("bedrock/traceloop"),
    Client("bedrock_opentelemetry", "bedrock/opentelemetry", ("bedrock",), CONTENT),
    _plain("litellm/openinference", **LITELLM),
    _plain("litellm/own", **LITELLM),
    _plain("haystack/openinference"),
    _plain("haystack/traceloop"),
    _plain("smolagents/openinference"),
    _plain("dspy/openinference"),
    _plain("agno/openinference"),
    _plain("instructor/openinference"),
    Client("strands_own", "strands/own", ("strands",), CONTENT),
    _plain("semantic-kernel/own", SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE="true"),
    _plain("agent-framework/own"),
    _plain("google-adk/own"),
    _plain("chroma/traceloop"),
    _plain("qdrant/traceloop"),
    _plain("pinecone/traceloop"),
)
