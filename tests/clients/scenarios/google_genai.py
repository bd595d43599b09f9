# Content generated whole, streamed, with a tool, embeddings, a failure; async.
import asyncio
import contextlib
import os

from google import genai
from google.genai import types

client = genai.Client(api_key="made-up", http_options=types.HttpOptions(base_url=os.environ["MODELS"]))
client.models.generate_content(
    model="gemini-2.5-flash",
    contents="How is the weather?",
    config=types.GenerateContentConfig(system_instruction="Be brief.", temperature=0.2),
)
for _ in client.models.generate_content_stream(model="gemini-2.5-flash", contents="How is the weather?"):
    pass


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


declared = types.FunctionDeclaration.from_callable(client=client._api_client, callable=get_weather)
client.models.generate_content(
    model="gemini-2.5-flash",
    contents="How is the weather?",
    config=types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])]),
)
client.models.embed_content(model="gemini-embedding-001", contents="Cairo")
with contextlib.suppress(Exception):
    client.models.generate_content(model="fail-400", contents="How is the weather?")


async def several():
    await client.aio.models.generate_content(model="gemini-2.5-flash", contents="How is the weather?")
    async for _ in await client.aio.models.generate_content_stream(
        model="gemini-2.5-flash", contents="How is the weather?"
    ):
        pass


asyncio.run(several())
