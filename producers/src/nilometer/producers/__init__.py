"""How traffic gets in: the SDK that services import, and importers of earlier traffic.

from nilometer.producers import Nilometer

nm = Nilometer()
with nm.trace("answer-ticket", user_id="u-17", feature="support") as trace:
    with trace.call(provider="openai", model="gpt-4o", input_messages=messages) as call:
        call.respond(client.chat.completions.create(...))
"""

from nilometer.producers.client import Nilometer
from nilometer.producers.sender import Sender
from nilometer.producers.trace import Call, Retrieval, Span, Tool, Trace
from nilometer.producers.transport import Stats, Transport
from nilometer.schemas.span import Usage

__all__ = ["Call", "Nilometer", "Retrieval", "Sender", "Span", "Stats", "Tool", "Trace", "Transport", "Usage"]
