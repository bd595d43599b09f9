# An agent with a tool, a stream, a failure.
import contextlib

from agno.agent import Agent
from agno.models.openai import OpenAIChat


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


agent = Agent(name="helper", model=OpenAIChat(id="gpt-4o-mini"), tools=[get_weather], telemetry=False)
agent.run("How is the weather?", user_id="user-7", session_id="session-3")
for _ in agent.run("How is the weather?", stream=True, user_id="user-7", session_id="session-3"):
    pass
with contextlib.suppress(Exception):
    Agent(name="failing", model=OpenAIChat(id="fail-400"), telemetry=False).run("How is the weather?")
