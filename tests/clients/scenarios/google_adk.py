# An agent with a tool.
import asyncio
import os

from google.adk.agents import Agent
from google.adk.runners import InMemoryRunner
from google.genai import types


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


async def several():
    os.environ["GOOGLE_API_KEY"] = "made-up"
    os.environ["GOOGLE_GEMINI_BASE_URL"] = os.environ["MODELS"]
    runner = InMemoryRunner(Agent(name="helper", model="gemini-2.5-flash", tools=[get_weather]), app_name="shop")
    session = await runner.session_service.create_session(app_name="shop", user_id="user-7", session_id="session-3")
    asked = types.Content(role="user", parts=[types.Part(text="How is the weather?")])
    async for _ in runner.run_async(user_id="user-7", session_id=session.id, new_message=asked):
        pass


asyncio.run(several())
