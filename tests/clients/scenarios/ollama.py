# Chat, generate, streams, a tool, embeddings, a failure; async.
import asyncio
import contextlib
import os

import ollama

client = ollama.Client(host=os.environ["MODELS"])
ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
client.chat(model="llama3.2", messages=ask)
for _ in client.chat(model="llama3.2", messages=ask, stream=True):
    pass
client.chat(model="llama3.2", messages=ask, tools=[tool])
client.generate(model="llama3.2", prompt="How is the weather?")
client.embed(model="nomic-embed-text", input="Cairo")
with contextlib.suppress(Exception):
    client.chat(model="fail-400", messages=ask)


async def several():
    client = ollama.AsyncClient(host=os.environ["MODELS"])
    await client.chat(model="llama3.2", messages=ask)


asyncio.run(several())
