# Chat, a stream, a tool, embeddings, reranking, a failure.
import contextlib
import os

import cohere

client = cohere.ClientV2(api_key="made-up", base_url=os.environ["MODELS"])
ask = [{"role": "user", "content": "How is the weather?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": parameters}}
client.chat(model="command-a-03-2025", messages=ask)
for _ in client.chat_stream(model="command-a-03-2025", messages=ask):
    pass
client.chat(model="command-a-03-2025", messages=ask, tools=[tool])
client.embed(model="embed-v4.0", texts=["Cairo"], input_type="search_query", embedding_types=["float"])
client.rerank(model="rerank-v3.5", query="weather", documents=["Cairo is sunny.", "Giza is near."])
with contextlib.suppress(Exception):
    client.chat(model="fail-400", messages=ask)
