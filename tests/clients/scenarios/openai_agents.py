# An agent with a tool, a hand-over, a stream, chat completions instead of responses, and a failure.
import asyncio
import contextlib

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, Runner, function_tool
from openai import AsyncOpenAI


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


agent = Agent(name="helper", instructions="Be brief.", model="gpt-4o-mini", tools=[get_weather])
front = Agent(name="front", instructions="Hand over.", model="gpt-4o-mini", handoffs=[agent])
Runner.run_sync(agent, "How is the weather?")
Runner.run_sync(front, "How is the weather?")
chat = OpenAIChatCompletionsModel(model="gpt-4o-mini", openai_client=AsyncOpenAI(max_retries=0))
Runner.run_sync(Agent(name="chatter", model=chat, tools=[get_weather]), "How is the weather?")
with contextlib.suppress(Exception):
    Runner.run_sync(Agent(name="failing", model="fail-400", model_settings=ModelSettings()), "How is the weather?")


async def streamed():
    result = Runner.run_streamed(agent, "How is the weather?")
    async for _ in result.stream_events():
        pass


asyncio.run(streamed())
