"""Hands out each canary once, in the dress that a field asks for, and remembers where it went."""

import base64
import html
import json
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.canary.values import Canary


class Exhausted(Exception):
    """There are no canaries left."""


@dataclass
class Planter:
    """`planter.ingress = "sdk"`, then e.g. `planter.said("error_message")`."""

    canaries: Sequence[Canary]
    ingress: str = ""
    planted: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Number of a canary → ingress and field."""
    arrive: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Ingress → trace ids whose events must be in the warehouse: what never arrives is no proof of masking."""

    def __post_init__(self) -> None:
        self._left = list(self.canaries)

    def take(self, place: str, *, own_form: bool = False, number: bool = False, line: bool = False) -> Canary:
        """The next canary, or the next that can be told by itself, is a number, or has one line. Raises Exhausted."""
        for position, canary in enumerate(self._left):
            if (
                (canary.own_form or not own_form)
                and (canary.digits is not None or not number)
                and ("\n" not in canary.text or not line)
            ):
                del self._left[position]
                self.planted[canary.number] = self.ingress, place
                return canary
        raise Exhausted

    @property
    def left(self) -> int:
        return len(self._left)

    def said(self, place: str) -> str:
        """A sentence."""
        return self.take(place).said

    def bare(self, place: str) -> str:
        """The value and nothing beside it."""
        return self.take(place, own_form=True).text

    def keyed(self, place: str) -> dict[str, Any]:
        """An object whose key says what it holds."""
        canary = self.take(place)
        return {"id": 7, canary.key: canary.text, "active": True}

    def number(self, place: str) -> int:
        """A JSON number."""
        digits = self.take(place, number=True).digits
        assert digits is not None
        return digits

    def as_key(self, place: str) -> str:
        return self.take(place, own_form=True).text

    def header(self, place: str) -> str:
        """What may stand in a head of HTTP: ASCII, on one line."""
        return self.take(place, own_form=True, line=True).text.encode("ascii", "replace").decode()

    def dotted_key(self, place: str) -> str:
        """A key of several parts, one of which is somebody."""
        return f"zz.by_user.{self.as_key(place)}.count"

    def map(self, place: str) -> dict[str, Any]:
        """An object whose keys are somebody's, at two depths, in a list, and with a value."""
        return {
            self.as_key(f"{place} keys"): self.said(f"{place} value"),
            "deeper": {
                self.as_key(f"{place} inner keys"): {"n": 1},
                "more": [{self.as_key(f"{place} keys in list"): 2}],
            },
            self.dotted_key(f"{place} dotted key"): 1,
        }

    def json_text(self, place: str) -> str:
        """JSON with what was said, what a key names, and a number, as a text."""
        return json.dumps({"note": self.said(place), "who": self.keyed(place), "n": 3})

    def nested_json(self, place: str) -> str:
        """JSON in JSON in JSON."""
        return json.dumps({"body": json.dumps({"inner": json.dumps([self.said(place)])})})

    def cut(self, place: str) -> list[str]:
        """A sentence in two pieces, cut in the middle of the value."""
        canary = self.take(place, own_form=True)
        at = canary.said.index(canary.text) + len(canary.text) // 2
        return [canary.said[:at], canary.said[at:]]

    def chunks(self, place: str, size: int = 5) -> list[str]:
        """A sentence as a stream of small pieces."""
        text = self.take(place, own_form=True).said
        return [text[start : start + size] for start in range(0, len(text), size)]

    def base64(self, place: str, *, url: bool = False) -> str:
        encode = base64.urlsafe_b64encode if url else base64.b64encode
        return encode(self.take(place, own_form=True).said.encode()).decode()

    def data_url(self, place: str) -> str:
        return f"data:text/plain;base64,{self.base64(place)}"

    def url(self, place: str) -> str:
        """A URL with the value in its query."""
        value = urllib.parse.quote(self.take(place, own_form=True).text, safe="")
        return f"https://shop.example.com/find?q={value}&page=2"

    def html(self, place: str) -> str:
        """Text as a page has it, with numeric references for what is no letter."""
        text = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in self.take(place, own_form=True).said)
        return f"<p>{text}</p> {html.escape(self.take(place).said)}"

    def escaped(self, place: str) -> str:
        r"""Text with \u escapes, as a log line quotes it."""
        return "".join(
            c if c.isascii() and (c.isalnum() or c == " ") else f"\\u{ord(c):04x}"
            for c in self.take(place, own_form=True).said
        )

    def file_name(self, place: str) -> str:
        return f"/home/shared/uploads/{self.take(place, own_form=True, line=True).text.replace('/', '_')}.pdf"

    def stack_trace(self, place: str) -> str:
        return (
            'Traceback (most recent call last):\n  File "/app/shop.py", line 12, in ask\n    raise ValueError(text)\n'
            f"ValueError: {self.said(place)}\n"
        )

    def anything(self, place: str) -> dict[str, Any]:
        """Every dress, under names that nobody knows."""
        return {
            "zz.note": self.said(f"{place} said"),
            "zz.profile": self.keyed(f"{place} keyed"),
            "zz.count": self.number(f"{place} number"),
            "zz.raw": self.bare(f"{place} bare"),
            "zz.json": self.json_text(f"{place} JSON text"),
            "zz.nested": self.nested_json(f"{place} JSON in JSON"),
            "zz.list": [1, [self.said(f"{place} list")], None],
            self.as_key(f"{place} key"): "yes",
            "zz.map": self.map(f"{place} map"),
            "zz.json_map": json.dumps({self.as_key(f"{place} JSON key"): 1}),
            "zz.chunks": self.chunks(f"{place} chunks"),
            "zz.deltas": [{"delta": {"content": piece}} for piece in self.cut(f"{place} deltas")],
            "zz.base64": self.base64(f"{place} base64"),
            "zz.base64url": f"see {self.base64(f'{place} base64 in text', url=True)} there",
            "zz.data": self.data_url(f"{place} data URL"),
            "zz.url": self.url(f"{place} URL"),
            "zz.html": self.html(f"{place} HTML"),
            "zz.escaped": self.escaped(f"{place} escapes"),
            "zz.file": self.file_name(f"{place} file name"),
            "zz.trace": self.stack_trace(f"{place} stack trace"),
        }

    def messages(self, place: str) -> list[dict[str, Any]]:
        """A conversation in OpenTelemetry's form, with something in each of its parts."""
        text = "text"
        return [
            {"role": "system", "parts": [{"type": text, "content": self.said(f"{place} system")}]},
            {
                "role": "user",
                "name": self.bare(f"{place} name"),
                "parts": [
                    {"type": text, "content": self.said(f"{place} text")},
                    *({"type": text, "content": piece} for piece in self.cut(f"{place} parts")),
                    {"type": text, "content": self.base64(f"{place} base64 part")},
                    {"type": "file", "file_name": self.file_name(f"{place} file name"), "file_id": "file-1"},
                    {"type": "uri", "modality": "image", "uri": self.url(f"{place} uri")},
                    {
                        "type": "blob",
                        "modality": "image",
                        "mime_type": "image/png",
                        "content": self.base64(f"{place} image"),
                    },
                ],
            },
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": self.said(f"{place} reasoning")},
                    {"type": "tool_call", "id": "c1", "name": "f", "arguments": self.keyed(f"{place} arguments")},
                    {"type": "tool_call", "id": "c3", "name": self.bare(f"{place} tool name"), "arguments": {}},
                    {"type": "tool_call", "id": self.bare(f"{place} call id"), "name": "f", "arguments": {}},
                    {"type": self.bare(f"{place} part type"), "content": self.map(f"{place} part of no known type")},
                    {
                        "type": "tool_call",
                        "id": "c2",
                        "name": "f",
                        "arguments": self.json_text(f"{place} arguments text"),
                    },
                ],
            },
            *({"role": "assistant", "parts": [{"type": text, "content": c}]} for c in self.cut(f"{place} messages")),
            {
                "role": "tool",
                "parts": [
                    {"type": "tool_call_response", "id": "c1", "response": self.json_text(f"{place} response")},
                    {"type": "tool_call_response", "id": "c2", "response": {"card": self.number(f"{place} number")}},
                ],
            },
        ]
