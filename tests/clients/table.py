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
    """Requirements instead of, or besides, those of the recipe; `-name` for one that is left out."""
    also: str = ""
    """Lines after the recipe's: what is instrumented besides."""
    python: str = "3.11"


CONTENT = {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
}
EVENTS = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}
LANGFUSE = {"LANGFUSE_HOST": "{otlp}", "LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk"}
CREWAI = {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}
LITELLM = {"OTEL_EXPORTER": "otlp_http", "OTEL_ENDPOINT": "{otlp}/v1/traces", "LITELLM_LOCAL_MODEL_COST_MAP": "true"}
LOGS = CONTENT | {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "EVENT_ONLY"}
BOTH = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
OLD = (
    "wrapt<2",
    *("opentelemetry-sdk==1.30.0", "opentelemetry-exporter-otlp-proto-http==1.30.0"),
    *("opentelemetry-api==1.30.0", "opentelemetry-processor-baggage==0.51b0", "setuptools<80"),
)
OLDER = (
    "wrapt<2",
    *("opentelemetry-sdk==1.28.2", "opentelemetry-exporter-otlp-proto-http==1.28.2"),
    *("opentelemetry-api==1.28.2", "opentelemetry-processor-baggage==0.49b2", "setuptools<80"),
)
OPENAI_1 = "openai==1.75.0"
ANTHROPIC_0 = "anthropic==0.50.0"
LANGCHAIN_03 = (
    *("langchain==0.3.25", "langchain-openai==0.3.17", OPENAI_1),
    *("langgraph==0.4.5", "langgraph-prebuilt==0.1.8"),
)
V2_20 = "opentelemetry-instrumentation-openai-v2==2.0b0"
EVENT_LOGGER = """
from opentelemetry import _events
from opentelemetry.sdk._events import EventLoggerProvider
_events.set_event_logger_provider(EventLoggerProvider(logs))
OpenAIInstrumentor().uninstrument()
OpenAIInstrumentor().instrument()
"""
PYDANTIC_AI = """
from pydantic_ai import InstrumentationSettings
Agent.instrument_all(InstrumentationSettings(version={}))
"""
OI_OPENAI = "openinference-instrumentation-openai"
TRACELOOP_OPENAI = "opentelemetry-instrumentation-openai"
ALSO_OI_OPENAI = """
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInferenceInstrumentor
OpenInferenceInstrumentor().instrument()
"""
ALSO_TRACELOOP_OPENAI = """
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as TraceloopInstrumentor
TraceloopInstrumentor().instrument()
"""
BOTH_OPENAI = ALSO_OI_OPENAI + ALSO_TRACELOOP_OPENAI
ALSO_TRACELOOP_ANTHROPIC = """
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as TraceloopInstrumentor
TraceloopInstrumentor().instrument()
"""
ALSO_OPENTELEMETRY_OPENAI = """
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as OpenTelemetryInstrumentor
OpenTelemetryInstrumentor().instrument()
"""
ALSO_OI_ANTHROPIC = """
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInferenceInstrumentor
OpenInferenceInstrumentor().instrument()
"""
ALSO_TRACELOOP_BEDROCK = """
from opentelemetry.instrumentation.bedrock import BedrockInstrumentor as TraceloopInstrumentor
TraceloopInstrumentor().instrument()
"""
ALSO_TRACELOOP_GROQ = """
from opentelemetry.instrumentation.groq import GroqInstrumentor as TraceloopInstrumentor
TraceloopInstrumentor().instrument()
"""
ALSO_TRACELOOP_GOOGLE = """
from opentelemetry.instrumentation.google_generativeai import GoogleGenerativeAiInstrumentor as TraceloopInstrumentor
TraceloopInstrumentor().instrument({})
"""
OTHER_SERVICE = """
import atexit
from opentelemetry.sdk.resources import Resource
other = TracerProvider(resource=Resource.create({"service.name": "other"}))
other.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
atexit.register(other.force_flush)
"""
ALSO_LANGFUSE_OTHER_SERVICE = """
from langfuse import Langfuse
Langfuse(tracer_provider=other)
import langfuse.openai
"""


def _traceloop(client: str, version: str) -> str:
    return f"opentelemetry-instrumentation-{client}=={version}"


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
    Client("anthropic_own", "anthropic/own", ("anthropic",), CONTENT),
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
    _plain("dspy/openinference", **LITELLM),
    _plain("agno/openinference"),
    _plain("instructor/openinference"),
    Client("strands_own", "strands/own", ("strands",), CONTENT),
    _plain("semantic-kernel/own", SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE="true"),
    _plain("agent-framework/own"),
    Client("google_adk_own", "google-adk/own", ("google_adk",), CONTENT),
    _plain("chroma/traceloop"),
    _plain("qdrant/traceloop"),
    _plain("pinecone/traceloop"),
    _plain("vercel/own"),
    _plain("azure-inference/own", AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED="true"),
    _plain("langchain/langsmith", LANGSMITH_API_KEY="made-up", LANGSMITH_ENDPOINT="{otlp}"),
    Client(
        "langchain_openinference_old",
        "langchain/openinference",
        ("langchain_03",),
        {},
        (*LANGCHAIN_03, "openinference-instrumentation-langchain==0.1.38", "wrapt<2"),
    ),
    Client(
        "langchain_traceloop_old",
        "langchain/traceloop",
        ("langchain_03",),
        {},
        (*LANGCHAIN_03, *OLD, "opentelemetry-instrumentation-langchain==0.40.14"),
    ),
    Client(
        "langchain_langfuse_2", "langchain/langfuse", ("langchain_03",), LANGFUSE, (*LANGCHAIN_03, "langfuse==3.2.1")
    ),
    # Other versions of the conventions: content in log records, in span events, or nowhere.
    Client("openai_opentelemetry_events", "openai/opentelemetry", ("openai",), LOGS),
    Client("openai_opentelemetry_bare", "openai/opentelemetry", ("openai",)),
    Client("openai_v2_24", "openai/opentelemetry-v2", ("openai",), EVENTS),
    Client("openai_v2_24_both", "openai/opentelemetry-v2", ("openai",), CONTENT | BOTH),
    Client(
        "openai_v2_20",
        "openai/opentelemetry-v2",
        ("openai",),
        EVENTS,
        (*OLD, "openai==1.60.0", "httpx<0.28", V2_20, "-opentelemetry-util-genai"),
        also=EVENT_LOGGER,
    ),
    Client(
        "openai_traceloop_040", "openai/traceloop", ("openai",), {}, (*OLD, OPENAI_1, _traceloop("openai", "0.40.14"))
    ),
    Client(
        "openai_traceloop_033", "openai/traceloop", ("openai",), {}, (*OLDER, OPENAI_1, _traceloop("openai", "0.33.12"))
    ),
    Client(
        "anthropic_traceloop_040",
        "anthropic/traceloop",
        ("anthropic",),
        {},
        (*OLD, ANTHROPIC_0, _traceloop("anthropic", "0.40.14")),
    ),
    Client(
        "anthropic_traceloop_050",
        "anthropic/traceloop",
        ("anthropic",),
        {},
        (ANTHROPIC_0, _traceloop("anthropic", "0.50.1")),
    ),
    Client(
        "anthropic_openinference_old",
        "anthropic/openinference",
        ("anthropic",),
        {},
        (ANTHROPIC_0, "openinference-instrumentation-anthropic==0.1.17", "wrapt<2"),
    ),
    Client(
        "openai_openinference_old",
        "openai/openinference",
        ("openai",),
        {},
        (OPENAI_1, "openinference-instrumentation-openai==0.1.22", "wrapt<2"),
    ),
    Client("openai_langfuse_3", "openai/langfuse", ("openai",), LANGFUSE, (OPENAI_1, "langfuse==3.9.3")),
    Client("openai_logfire_3", "openai/logfire", ("openai",), {}, (OPENAI_1, "logfire==3.25.0")),
    Client("anthropic_logfire_3", "anthropic/logfire", ("anthropic",), {}, (ANTHROPIC_0, "logfire==3.25.0")),
    *(
        Client(f"pydantic_ai_version_{version}", "pydantic-ai/own", ("pydantic_ai",), also=PYDANTIC_AI.format(version))
        for version in (2, 3, 4, 5, 6)
    ),
    Client(
        "pydantic_ai_02", "pydantic-ai/own", ("pydantic_ai",), {}, (*OLD, "pydantic-ai-slim[openai]==0.2.4", OPENAI_1)
    ),
    # Several instrumentations at once: one call each all the same.
    Client(
        "openai_thrice", "openai/opentelemetry", ("openai",), CONTENT, (OI_OPENAI, TRACELOOP_OPENAI), also=BOTH_OPENAI
    ),
    Client("openai_langfuse_twice", "openai/langfuse", ("openai",), LANGFUSE, (OI_OPENAI,), also=ALSO_OI_OPENAI),
    Client(
        "anthropic_thrice",
        "anthropic/openinference",
        ("anthropic",),
        {},
        ("opentelemetry-instrumentation-anthropic",),
        also=ALSO_TRACELOOP_ANTHROPIC,
    ),
    Client(
        "langchain_openinference_twice",
        "langchain/openinference",
        ("langchain",),
        {},
        (OI_OPENAI,),
        also=ALSO_OI_OPENAI,
    ),
    Client(
        "langchain_traceloop_twice",
        "langchain/traceloop",
        ("langchain",),
        {},
        (TRACELOOP_OPENAI,),
        also=ALSO_TRACELOOP_OPENAI,
    ),
    Client(
        "llama_index_openinference_twice",
        "llama-index/openinference",
        ("llama_index",),
        {},
        (OI_OPENAI,),
        also=ALSO_OI_OPENAI,
    ),
    Client(
        "openai_agents_openinference_twice",
        "openai-agents/openinference",
        ("openai_agents",),
        {},
        (OI_OPENAI,),
        also=ALSO_OI_OPENAI,
    ),
    Client(
        "openai_agents_traceloop_twice",
        "openai-agents/traceloop",
        ("openai_agents",),
        {},
        (TRACELOOP_OPENAI,),
        also=ALSO_TRACELOOP_OPENAI,
    ),
    Client("pydantic_ai_twice", "pydantic-ai/own", ("pydantic_ai",), {}, (OI_OPENAI,), also=ALSO_OI_OPENAI),
    Client(
        "langchain_anthropic_openinference",
        "langchain/openinference",
        ("langchain_anthropic",),
        {},
        ("langchain-anthropic",),
    ),
    Client("autogen_own", "autogen/openinference", ("autogen",), {}, (OI_OPENAI,), also=ALSO_OI_OPENAI),
    Client("google_genai_tools", "google-genai/opentelemetry", ("google_genai", "google_genai_tools"), CONTENT),
    Client(
        "anthropic_opentelemetry_twice",
        "anthropic/opentelemetry",
        ("anthropic",),
        CONTENT,
        ("openinference-instrumentation-anthropic",),
        also=ALSO_OI_ANTHROPIC,
    ),
    Client(
        "bedrock_openinference_twice",
        "bedrock/openinference",
        ("bedrock",),
        {},
        ("opentelemetry-instrumentation-bedrock",),
        also=ALSO_TRACELOOP_BEDROCK,
    ),
    Client(
        "google_genai_openinference_twice",
        "google-genai/openinference",
        ("google_genai",),
        {},
        ("opentelemetry-instrumentation-google-generativeai",),
        also=ALSO_TRACELOOP_GOOGLE.format(""),
    ),
    Client(
        "groq_openinference_twice",
        "groq/openinference",
        ("groq", "groq_many"),
        {},
        ("opentelemetry-instrumentation-groq",),
        also=ALSO_TRACELOOP_GROQ,
    ),
    Client("litellm_own_twice", "litellm/own", ("litellm",), LITELLM, (OI_OPENAI,), also=ALSO_OI_OPENAI),
    Client(
        "llama_index_openinference_otel",
        "llama-index/openinference",
        ("llama_index",),
        CONTENT,
        ("opentelemetry-instrumentation-genai-openai",),
        also=ALSO_OPENTELEMETRY_OPENAI,
    ),
    Client(
        "openai_langfuse_traceloop",
        "openai/langfuse",
        ("openai",),
        LANGFUSE,
        (TRACELOOP_OPENAI,),
        also=ALSO_TRACELOOP_OPENAI,
    ),
    Client(
        "openai_agents_opentelemetry_twice",
        "openai-agents/opentelemetry",
        ("openai_agents",),
        CONTENT,
        (TRACELOOP_OPENAI,),
        also=ALSO_TRACELOOP_OPENAI,
    ),
    # Two providers in one process, each with a service of its own.
    Client(
        "openai_two_services",
        "openai/openinference",
        ("openai",),
        LANGFUSE,
        ("langfuse",),
        also=OTHER_SERVICE + ALSO_LANGFUSE_OTHER_SERVICE,
    ),
    Client(
        "google_genai_two_services",
        "google-genai/openinference",
        ("google_genai",),
        {},
        ("opentelemetry-instrumentation-google-generativeai",),
        also=OTHER_SERVICE + ALSO_TRACELOOP_GOOGLE.format("tracer_provider=other"),
    ),
)
