# Converse and InvokeModel, whole and streamed, with a tool; embeddings; a failure.
import contextlib
import json
import os

import boto3

client = boto3.client(
    "bedrock-runtime",
    endpoint_url=os.environ["MODELS"],
    region_name="us-east-1",
    aws_access_key_id="made",
    aws_secret_access_key="up",
)
claude = "anthropic.claude-sonnet-4-5-20250929-v1:0"
ask = [{"role": "user", "content": [{"text": "How is the weather?"}]}]
schema = {"type": "object", "properties": {"city": {"type": "string"}}}
tool = {"toolSpec": {"name": "get_weather", "description": "Weather", "inputSchema": {"json": schema}}}
client.converse(modelId=claude, messages=ask, system=[{"text": "Be brief."}], inferenceConfig={"maxTokens": 100})
client.converse(modelId=claude, messages=ask, toolConfig={"tools": [tool]})
for _ in client.converse_stream(modelId=claude, messages=ask)["stream"]:
    pass
body = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "How is the weather?"}]}],
}
client.invoke_model(modelId=claude, body=json.dumps(body))["body"].read()
for _ in client.invoke_model_with_response_stream(modelId=claude, body=json.dumps(body))["body"]:
    pass
client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": "Cairo"}))["body"].read()
with contextlib.suppress(Exception):
    client.converse(modelId="fail-400", messages=ask)
