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
            planter.as_key("record key"): 1,
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": planter.bare("tools name"),
                        "description": said("tools"),
                        "parameters": {"properties": planter.map("tools properties")},
                    },
                }
            ],
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
                        {
                            "id": planter.bare("call id"),
                            "function": {"name": planter.bare("called"), "arguments": "{}"},
                        },
                    ],
                    planter.as_key("message key"): planter.map("message map"),
                    "finish_reason": planter.bare("finish_reason"),
                },
                {"role": "tool", "tool_call_id": "c1", "name": "f", "content": planter.json_text("tool")},
                {
                    "role": "tool",
                    "tool_call_id": "c2",
                    "name": planter.bare("tool name"),
                    "content": said("tool of a name"),
                },
                {"role": "assistant", "content": planter.base64("base64 content")},
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": planter.data_url("image")}},
                        {"type": "file", "file": {"filename": planter.file_name("file name"), "file_data": "AAAA"}},
                        {"type": "text", "text": {"value": said("text of no string")}},
                    ],
                },
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
