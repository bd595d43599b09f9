# Chat, streamed with and without usage, tools, responses, embeddings, failures; async.
import asyncio
import contextlib

import openai

ask = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
client = openai.OpenAI(max_retries=0)
usage = {"include_usage": True}

client.chat.completions.create(model="gpt-4o-mini", messages=ask, temperature=0.2, max_tokens=50)
for _ in client.chat.completions.create(model="gpt-4o-mini", messages=ask, stream=True, stream_options=usage):
    pass
for _ in client.chat.completions.create(model="gpt-4o", messages=ask, stream=True):
    pass
answer = client.chat.completions.create(model="gpt-4o-mini", messages=ask, tools=[tool])
message = answer.choices[0].message
result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"}
client.chat.completions.create(model="gpt-4o-mini", messages=[*ask, message, result], tools=[tool])
for _ in client.chat.completions.create(
    model="gpt-4o-mini", messages=ask, tools=[tool], stream=True, stream_options=usage
):
    pass
client.embeddings.create(model="text-embedding-3-small", input=["Cairo", "Giza"])
if hasattr(client, "responses"):
    client.responses.create(model="gpt-4o-mini", instructions="Be brief.", input="Is it far?")
    for _ in client.responses.create(model="gpt-4o-mini", input="Is it near?", stream=True):
        pass
    flat = {"type": "function", "name": "get_weather", "parameters": parameters, "strict": False}
    client.responses.create(model="gpt-4o-mini", input="And the weather?", tools=[flat])
for model in ("fail-400", "fail-429", "fail-500"):
    with contextlib.suppress(openai.APIError):
        client.chat.completions.create(model=model, messages=ask)
with contextlib.suppress(openai.APIError):
    client.chat.completions.create(model="fail-503", messages=ask, stream=True)
with contextlib.suppress(openai.APIError):
    client.embeddings.create(model="fail-401-embed", input="Cairo")


async def several():
    client = openai.AsyncOpenAI(max_retries=0)
    await client.chat.completions.create(model="gpt-4o-mini", messages=ask)
    async for _ in await client.chat.completions.create(
        model="gpt-4o-mini", messages=ask, stream=True, stream_options=usage
    ):
        pass
    await client.embeddings.create(model="text-embedding-3-small", input="Cairo")


asyncio.run(several())
