# Two providers' models, a stream, a tool, embeddings, a failure; async.
import asyncio
import contextlib
import os
import time

import litellm

ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
told = globals().get("metadata", {})
litellm.completion(model="openai/gpt-4o-mini", messages=ask, temperature=0.2, **told)
litellm.completion(model="anthropic/claude-sonnet-4-5", messages=ask, api_base=os.environ["MODELS"], **told)
stream = litellm.completion(
    model="openai/gpt-4o-mini", messages=ask, stream=True, stream_options={"include_usage": True}, **told
)
for _ in stream:
    pass
litellm.completion(model="openai/gpt-4o-mini", messages=ask, tools=[tool], **told)
litellm.embedding(model="openai/text-embedding-3-small", input=["Cairo"], **told)
with contextlib.suppress(Exception):
    litellm.completion(model="openai/fail-400", messages=ask, max_retries=0, **told)


async def several():
    await litellm.acompletion(model="openai/gpt-4o-mini", messages=ask, **told)
    await asyncio.sleep(2)


asyncio.run(several())
time.sleep(2)
