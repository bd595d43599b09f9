# A pipeline with a generator, an agent with a tool, embeddings, a failure.
import contextlib

from haystack import Pipeline
from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import tool


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


def pipeline(model):
    made = Pipeline()
    made.add_component("prompt", ChatPromptBuilder([ChatMessage.from_user("How is the {{what}}?")]))
    made.add_component("llm", OpenAIChatGenerator(model=model, max_retries=0))
    made.connect("prompt.prompt", "llm.messages")
    return made


pipeline("gpt-4o-mini").run({"prompt": {"what": "weather"}})
agent = Agent(chat_generator=OpenAIChatGenerator(model="gpt-4o-mini"), tools=[get_weather])
if hasattr(agent, "warm_up"):
    agent.warm_up()
agent.run(messages=[ChatMessage.from_user("How is the weather?")])
embedding = Pipeline()
embedding.add_component("embed", OpenAITextEmbedder(model="text-embedding-3-small"))
embedding.run({"embed": {"text": "Cairo"}})
with contextlib.suppress(Exception):
    pipeline("fail-400").run({"prompt": {"what": "weather"}})
