# Chat, a stream, a tool, embeddings, a failure; async.
import asyncio
import contextlib
import os

try:
    from mistralai.client import Mistral
except ImportError:
    from mistralai import Mistral

ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
client = Mistral(api_key="made-up", server_url=os.environ["MODELS"])
client.chat.complete(model="mistral-small-latest", messages=ask, temperature=0.2)
for _ in client.chat.stream(model="mistral-small-latest", messages=ask):
    pass
client.chat.complete(model="mistral-small-latest", messages=ask, tools=[tool])
client.embeddings.create(model="mistral-embed", inputs=["Cairo"])
with contextlib.suppress(Exception):
    client.chat.complete(model="fail-400", messages=ask)


async def several():
    await client.chat.complete_async(model="mistral-small-latest", messages=ask)
    async for _ in await client.chat.stream_async(model="mistral-small-latest", messages=ask):
        pass


asyncio.run(several())
