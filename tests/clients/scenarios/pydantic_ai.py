# An agent with a tool, structured output, responses, a stream and a failure.
import asyncio
import contextlib

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIResponsesModel

try:
    from pydantic_ai.models.openai import OpenAIChatModel
except ImportError:
    from pydantic_ai.models.openai import OpenAIModel as OpenAIChatModel


class Weather(BaseModel):
    city: str
    degrees: int


chat = OpenAIChatModel("gpt-4o-mini")
agent = Agent(chat, name="helper", instructions="Be brief.")


@agent.tool_plain
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


async def several():
    await agent.run("How is the weather?")
    await Agent(chat, name="structured", output_type=Weather).run("How is the weather?")
    await Agent(OpenAIResponsesModel("gpt-4o-mini"), name="responding").run("How is the weather?")
    async with Agent(chat, name="streaming").run_stream("How is the weather?") as result:
        async for _ in result.stream_text():
            pass
    with contextlib.suppress(Exception):
        await Agent(OpenAIChatModel("fail-400"), name="failing").run("How is the weather?")


asyncio.run(several())
