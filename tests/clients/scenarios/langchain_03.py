# LangChain 0.3: a model asked, streamed and async; an agent with a tool; embeddings; a failure.
import asyncio
import contextlib

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.prebuilt import create_react_agent

model = ChatOpenAI(model="gpt-4o-mini", max_retries=0)
told = globals().get("config", {})
model.invoke("How is the weather?", config=told)
for _ in model.stream("How is the weather?", stream_usage=True, config=told):
    pass


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


agent = create_react_agent(model, tools=[get_weather], prompt="Be brief.", name="helper")
agent.invoke({"messages": [{"role": "user", "content": "How is the weather?"}]}, config=told)
OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False).embed_documents(["Cairo", "Giza"])
with contextlib.suppress(Exception):
    ChatOpenAI(model="fail-400", max_retries=0).invoke("How is the weather?", config=told)


async def several():
    await model.ainvoke("How is the weather?", config=told)


asyncio.run(several())
ChatOpenAI(model="gpt-4o-mini", use_responses_api=True).invoke("How is the weather?", config=told)
