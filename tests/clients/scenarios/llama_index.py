# Chat, complete, streams, embeddings, an index that is asked, an agent with a tool, a failure.
import asyncio
import contextlib

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

llm = Settings.llm = OpenAI(model="gpt-4o-mini", max_retries=0)
Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small")
ask = [ChatMessage(role="user", content="How is the weather?")]
llm.chat(ask)
llm.complete("How is the weather?")
for _ in llm.stream_chat(ask):
    pass
index = VectorStoreIndex.from_documents([Document(text="The weather is sunny.")])
index.as_query_engine().query("How is the weather?")
with contextlib.suppress(Exception):
    OpenAI(model="fail-400", max_retries=0, context_window=1000).chat(ask)


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


async def several():
    await llm.achat(ask)
    await FunctionAgent(tools=[get_weather], llm=llm, name="helper").run("How is the weather?")


asyncio.run(several())
