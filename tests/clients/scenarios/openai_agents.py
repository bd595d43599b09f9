# An agent with a tool, a hand-over, a stream, chat completions instead of responses, and a failure.
import asyncio
import contextlib

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool
from openai import AsyncOpenAI


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


async def several():
    agent = Agent(name="helper", instructions="Be brief.", model="gpt-4o-mini", tools=[get_weather])
    front = Agent(name="front", instructions="Hand over.", model="gpt-4o-mini", handoffs=[agent])
    await Runner.run(agent, "How is the weather?")
    await Runner.run(front, "How is the weather?")
    chat = OpenAIChatCompletionsModel(model="gpt-4o-mini", openai_client=AsyncOpenAI(max_retries=0))
    await Runner.run(Agent(name="chatter", model=chat, tools=[get_weather]), "How is the weather?")
    result = Runner.run_streamed(agent, "How is the weather?")
    async for _ in result.stream_events():
        pass
    with contextlib.suppress(Exception):
        await Runner.run(Agent(name="failing", model="fail-400"), "How is the weather?")


asyncio.run(several())
