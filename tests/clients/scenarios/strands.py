# An agent with a tool, and one whose model fails.
import contextlib

from strands import Agent, tool
from strands.models.openai import OpenAIModel


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


told = {"session.id": "session-3", "user.id": "user-7"}
Agent(name="helper", model=OpenAIModel(model_id="gpt-4o-mini"), tools=[get_weather], trace_attributes=told)(
    "How is the weather?"
)
with contextlib.suppress(Exception):
    Agent(name="failing", model=OpenAIModel(model_id="fail-400"), trace_attributes=told)("How is the weather?")
