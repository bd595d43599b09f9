# Chat, a stream, a tool, a failure; async.
import asyncio
import contextlib
import os

import groq

client = groq.Groq(api_key="made-up", base_url=os.environ["MODELS"], max_retries=0)
ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ask)
for _ in client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ask, stream=True):
    pass
client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ask, tools=[tool])
with contextlib.suppress(Exception):
    client.chat.completions.create(model="fail-400", messages=ask)


async def several():
    client = groq.AsyncGroq(api_key="made-up", base_url=os.environ["MODELS"], max_retries=0)
    await client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ask)


asyncio.run(several())
