# An agent that calls a tool, then answers.
import contextlib

from smolagents import OpenAIServerModel, ToolCallingAgent, tool


@tool
def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: Its name.
    """
    return "sunny"


ToolCallingAgent(tools=[get_weather], model=OpenAIServerModel("gpt-4o-mini"), max_steps=4).run("How is the weather?")
with contextlib.suppress(Exception):
    failing = OpenAIServerModel("fail-400", client_kwargs={"max_retries": 0})
    ToolCallingAgent(tools=[], model=failing, max_steps=1).run("How is the weather?")
