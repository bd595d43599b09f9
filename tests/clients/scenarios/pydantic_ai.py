# An agent with a tool, structured output, a stream, responses, embeddings and a failure.
import asyncio
import contextlib

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel


class Weather(BaseModel):
    city: str
    degrees: int


chat = OpenAIChatModel("gpt-4o-mini")
agent = Agent(chat, name="helper", instructions="Be brief.")


@agent.tool_plain
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


agent.run_sync("How is the weather?")
Agent(chat, name="structured", output_type=Weather).run_sync("How is the weather?")
Agent(OpenAIResponsesModel("gpt-4o-mini"), name="responding").run_sync("How is the weather?")


async def streamed():
    async with Agent(chat, name="streaming").run_stream("How is the weather?") as result:
        async for _ in result.stream_text():
            pass


asyncio.run(streamed())
with contextlib.suppress(Exception):
    Agent(OpenAIChatModel("fail-400"), name="failing").run_sync("How is the weather?")
