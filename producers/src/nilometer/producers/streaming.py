"""Streamed responses: the chunks of one, put together again.

Understood: chunks of OpenAI's chat completions, events of its responses API and of Anthropic's messages, and texts.
"""

from collections.abc import Mapping
from typing import Any, cast

from nilometer.producers.plain import as_mapping

Body = dict[str, Any]


class Assembler:
    """Takes chunks in order; `body` is then what the provider would have answered without streaming."""

    def __init__(self) -> None:
        self._body: Body = {}
        self._choices: dict[int, Body] = {}
        self._blocks: dict[int, Body] = {}
        self._text: list[str] = []

    def add(self, chunk: Any) -> None:
        """A chunk that is not understood is left out."""
        if isinstance(chunk, str):
            self._text.append(chunk)
            return
        event = as_mapping(chunk)
        if event is None:
            return
        if isinstance(event.get("choices"), list | tuple):
            self._add_openai(event)
            return
        response = as_mapping(event.get("response"))
        if response is not None and str(event.get("type", "")).startswith("response."):
            # Created, completed, incomplete, failed: the last one has it all.
            self._body = dict(response)
            return
        self._add_anthropic(event)

    def body(self) -> Any:
        if self._text and not self._body:
            return "".join(self._text)
        if self._choices:
            return self._body | {"choices": [self._choices[index] for index in sorted(self._choices)]}
        if self._blocks:
            return self._body | {"content": [_closed(self._blocks[index]) for index in sorted(self._blocks)]}
        return self._body

    def _add_openai(self, chunk: Mapping[str, Any]) -> None:
        for name in ("id", "model", "usage"):
            if chunk.get(name) is not None:
                self._body[name] = chunk[name]
        for item in cast("list[Any]", chunk["choices"]):
            part = as_mapping(item) or {}
            choice = self._choices.setdefault(int(part.get("index") or 0), {"message": {"role": "assistant"}})
            if part.get("finish_reason"):
                choice["finish_reason"] = part["finish_reason"]
            if isinstance(part.get("text"), str):
                choice["message"]["content"] = choice["message"].get("content", "") + part["text"]
            _add_delta(choice["message"], as_mapping(part.get("delta")) or {})

    def _add_anthropic(self, event: Mapping[str, Any]) -> None:
        kind, index = event.get("type"), event.get("index")
        delta = as_mapping(event.get("delta")) or {}
        if kind == "message_start":
            message = dict(as_mapping(event.get("message")) or {})
            self._body = message | {"content": [], "usage": dict(as_mapping(message.get("usage")) or {})}
        elif kind == "content_block_start" and isinstance(index, int):
            self._blocks[index] = dict(as_mapping(event.get("content_block")) or {})
        elif kind == "content_block_delta" and isinstance(index, int):
            block = self._blocks.setdefault(index, {"type": "text"})
            for source, target in (("text", "text"), ("thinking", "thinking"), ("partial_json", "_json")):
                if isinstance(delta.get(source), str):
                    block[target] = (block.get(target) or "") + delta[source]
        elif kind == "message_delta":
            self._body.update({name: value for name, value in delta.items() if value is not None})
            usage = as_mapping(event.get("usage")) or {}
            known = cast("Body", self._body.setdefault("usage", {}))
            known.update({name: value for name, value in usage.items() if value is not None})


def _add_delta(message: Body, delta: Mapping[str, Any]) -> None:
    for name in ("content", "refusal", "reasoning_content"):
        if isinstance(delta.get(name), str):
            message[name] = (message.get(name) or "") + delta[name]
    calls = delta.get("tool_calls")
    for value in cast("list[Any]", calls) if isinstance(calls, list | tuple) else ():
        item = as_mapping(value) or {}
        known = cast("list[Body]", message.setdefault("tool_calls", []))
        position = int(item.get("index") or 0)
        while len(known) <= position:
            known.append({"type": "function", "function": {"name": "", "arguments": ""}})
        call = known[position]
        if item.get("id"):
            call["id"] = item["id"]
        function = as_mapping(item.get("function")) or {}
        for name in ("name", "arguments"):
            if isinstance(function.get(name), str):
                call["function"][name] += function[name]


def _closed(block: Body) -> Body:
    """A tool's input comes as pieces of JSON; what is cut off stays text."""
    if "_json" not in block:
        return block
    return {name: value for name, value in block.items() if name != "_json"} | {"input": block["_json"]}
