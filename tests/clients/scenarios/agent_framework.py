# An agent with a tool, a stream, and one whose model fails.
import asyncio
import contextlib

from agent_framework import Agent
from agent_framework.openai import OpenAIChatCompletionClient


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


async def several():
    agent = Agent(client=OpenAIChatCompletionClient(model="gpt-4o-mini"), name="helper", tools=[get_weather])
    await agent.run("How is the weather?")
    async for _ in agent.run("How is the weather?", stream=True):
        pass
    with contextlib.suppress(Exception):
        await Agent(client=OpenAIChatCompletionClient(model="fail-400"), name="failing").run("How is the weather?")


asyncio.run(several())
