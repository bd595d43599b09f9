# Chat, a stream, a tool, a failure.
import contextlib
import os

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import ChatCompletionsToolDefinition, FunctionDefinition, SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential

client = ChatCompletionsClient(os.environ["MODELS"] + "/v1", AzureKeyCredential("made-up"))
asked = [SystemMessage("Be brief."), UserMessage("How is the weather?")]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
tool = ChatCompletionsToolDefinition(function=FunctionDefinition(name="get_weather", parameters=parameters))
client.complete(messages=asked, model="gpt-4o-mini", temperature=0.2)
for _ in client.complete(messages=asked, model="gpt-4o-mini", stream=True):
    pass
client.complete(messages=asked, model="gpt-4o-mini", tools=[tool])
with contextlib.suppress(Exception):
    client.complete(messages=asked, model="fail-400")
