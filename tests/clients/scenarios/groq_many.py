# Many at once, of one model: streams, answers and failures.
import asyncio
import contextlib
import os

import groq

ask = [{"role": "user", "content": "How is the weather?"}]


async def stream(client):
    async for _ in await client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ask, stream=True):
        await asyncio.sleep(0)


async def call(client, model):
    with contextlib.suppress(groq.APIError):
        await client.chat.completions.create(model=model, messages=ask)


async def many():
    client = groq.AsyncGroq(api_key="made-up", base_url=os.environ["MODELS"], max_retries=0)
    failing = [call(client, f"fail-500-{number}") for number in range(3)]
    fine = [call(client, "llama-3.3-70b-versatile") for _ in range(3)]
    await asyncio.gather(*(stream(client) for _ in range(6)), *failing, *fine)


asyncio.run(many())
