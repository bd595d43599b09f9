# Chat, a stream, a function that is called, embeddings, a failure.
import asyncio
import contextlib

from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
    OpenAITextEmbedding,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function


class Weather:
    @kernel_function(description="The weather of a city.")
    def get_weather(self, city: str) -> str:
        return "sunny"


async def several():
    chat = OpenAIChatCompletion(ai_model_id="gpt-4o-mini", api_key="sk-made-up")
    asked = ChatHistory()
    asked.add_user_message("How is the weather?")
    plain = OpenAIChatPromptExecutionSettings()
    await chat.get_chat_message_content(asked, plain)
    async for _ in chat.get_streaming_chat_message_content(asked, plain):
        pass
    agent = ChatCompletionAgent(service=chat, name="helper", plugins=[Weather()])
    await agent.get_response(messages="How is the weather?")
    await OpenAITextEmbedding(ai_model_id="text-embedding-3-small", api_key="sk-made-up").generate_embeddings(["Cairo"])
    with contextlib.suppress(Exception):
        failing = OpenAIChatCompletion(ai_model_id="fail-400", api_key="sk-made-up")
        await failing.get_chat_message_content(asked, plain)


asyncio.run(several())
