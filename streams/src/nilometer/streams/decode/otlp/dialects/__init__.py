"""One module for each dialect. A dialect is a function that takes from a draft what it knows; evidence is the names of
attributes and scopes, never `schema_url`.
"""

from collections.abc import Callable, Sequence

from nilometer.streams.decode.otlp.dialects import (
    autogen,
    bedrock,
    frameworks,
    genai,
    genai_deprecated,
    langfuse,
    langsmith,
    litellm,
    logfire,
    mistral,
    openinference,
    pydantic_ai,
    traceloop,
    vectors,
)
from nilometer.streams.decode.otlp.draft import Draft

Dialect = Callable[[Draft], None]

DIALECTS: Sequence[Dialect] = (
    langfuse.read,
    autogen.read,
    frameworks.read,
    logfire.read,
    litellm.read,
    mistral.read,
    langsmith.read,
    pydantic_ai.read,
    genai.read,
    genai_deprecated.read,
    openinference.read,
    traceloop.read,
    bedrock.read,
    vectors.read,
)
"""The order in which they are asked: those that know their own spans best go first."""
