# Messages: whole, streamed in both ways, with tools, failures; async.
import asyncio
import contextlib

import anthropic

ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"name": "get_weather", "description": "Weather", "input_schema": parameters}
client = anthropic.Anthropic(max_retries=0)
given = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": ask}

client.messages.create(**given, system="Be brief.")
for _ in client.messages.create(**given, stream=True):
    pass
with client.messages.stream(**given) as stream:
    for _ in stream.text_stream:
        pass
answer = client.messages.create(**given, tools=[tool])
use = next(block for block in answer.content if block.type == "tool_use")
result = {"type": "tool_result", "tool_use_id": use.id, "content": "sunny"}
more = [*ask, {"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
client.messages.create(**given | {"messages": more}, tools=[tool])
for _ in client.messages.create(**given, tools=[tool], stream=True):
    pass
for model in ("fail-400", "fail-429", "fail-500"):
    with contextlib.suppress(anthropic.APIError):
        client.messages.create(**given | {"model": model})
with contextlib.suppress(anthropic.APIError):
    client.messages.create(**given | {"model": "fail-503"}, stream=True)


async def several():
    client = anthropic.AsyncAnthropic(max_retries=0)
    await client.messages.create(**given)
    async for _ in await client.messages.create(**given, stream=True):
        pass
    with contextlib.suppress(TypeError):  # OpenLLMetry's instrumentation broke it once.
        async with client.messages.stream(**given) as stream:
            async for _ in stream.text_stream:
                pass


asyncio.run(several())
