# An agent with a tool, and a team of two.
import asyncio
import contextlib

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


info = {"vision": False, "function_calling": True, "json_output": False, "family": "gpt-4o", "structured_output": False}


async def several():
    model = OpenAIChatCompletionClient(model="gpt-4o-mini", max_retries=0)
    await AssistantAgent("helper", model, tools=[get_weather], reflect_on_tool_use=True).run(task="How is the weather?")
    two = [AssistantAgent("first", model), AssistantAgent("second", model)]
    await RoundRobinGroupChat(two, termination_condition=MaxMessageTermination(3)).run(task="How is the weather?")
    streaming = AssistantAgent("streaming", model, model_client_stream=True)
    async for _ in streaming.run_stream(task="How is the weather?"):
        pass
    failing = OpenAIChatCompletionClient(model="fail-400", max_retries=0, model_info=info)
    with contextlib.suppress(Exception):
        await AssistantAgent("failing", failing).run(task="How is the weather?")


asyncio.run(several())
