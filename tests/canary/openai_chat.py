"""Conversations as OpenAI chat messages, a line each."""

import json

from tests.canary.planter import Planter


def line(planter: Planter) -> bytes:
    said = planter.said
    call = {"id": "c1", "type": "function"}
    return json.dumps(
        {
            "model": planter.bare("model"),
            "provider": planter.bare("provider"),
            "task": planter.anything("record"),
            "tools": [{"type": "function", "function": {"name": "f", "description": said("tools")}}],
            "messages": [
                {"role": "system", "content": said("system")},
                {"role": "user", "name": planter.bare("name"), "content": said("user")},
                {"role": "user", "content": [{"type": "text", "text": piece} for piece in planter.cut("parts")]},
                {
                    "role": "assistant",
                    "content": said("assistant"),
                    "refusal": said("refusal"),
                    "reasoning_content": said("reasoning_content"),
                    "tool_calls": [
                        call | {"function": {"name": "f", "arguments": planter.json_text("tool arguments")}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "name": "f", "content": planter.json_text("tool")},
                {"role": "assistant", "content": planter.base64("base64 content")},
            ],
        }
    ).encode()


def malformed(planter: Planter) -> list[bytes]:
    return [
        json.dumps({"messages": [{"role": planter.bare("malformed: role"), "content": "x"}]}).encode(),
        json.dumps({"messages": planter.said("malformed: messages")}).encode(),
        json.dumps({planter.bare("malformed: key"): 1}).encode(),
        b'{"messages": ' + json.dumps(planter.said("malformed: cut off")).encode(),
    ]
