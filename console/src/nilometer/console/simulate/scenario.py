"""Conversations of several features over the last day, and the incident that follows them now."""

import math
import random
from datetime import datetime, timedelta

from nilometer.console.simulate import providers
from nilometer.console.simulate.model import CallStep, Conversation, FeedbackNote, Json, RetrievalStep, Step, ToolStep
from nilometer.console.simulate.people import Person, person
from nilometer.schemas.span import Usage

CHAT_MODEL = "gpt-4o"
SMALL_MODEL = "gpt-4o-mini"
EMBEDDING_MODEL = "text-embedding-3-small"
CACHED_MODEL = "claude-sonnet-4-5"
UNKNOWN_MODEL = "acme-7b-instruct"
"""A model that no price book knows."""

INCIDENT_FEATURE = "search"
INCIDENT_CALLS = 30
INCIDENT_ERROR = "overloaded_error"
FAILURES = ("rate_limit_exceeded", "timeout")
FAILURE_SHARE = 0.03
PEAK_HOUR = 15.0

SYSTEM = (
    "You are the support agent of an online shop. Look up the order before you answer, change nothing that the "
    "customer did not ask for, and keep the answer short."
)
TOOLS: list[Json] = [
    {
        "type": "function",
        "function": {
            "name": "lookup_order",
            "description": "Finds an order.",
            "parameters": {
                "type": "object",
                "properties": {"order_id": {"type": "string"}},
                "required": ["order_id"],
                "additionalProperties": False,
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "change_address",
            "description": "Changes where an order is sent.",
            "parameters": {
                "type": "object",
                "properties": {"order_id": {"type": "string"}, "street": {"type": "string"}},
                "required": ["order_id", "street"],
                "additionalProperties": False,
            },
        },
    },
]
ITEMS = ("a blue kettle", "two wooden chairs", "a desk lamp", "running shoes", "a coffee grinder")


class Scenario:
    """Everything the demo will send, and what is true of it. The same seed gives the same scenario."""

    def __init__(self, seed: int, calls: int, now: datetime) -> None:
        self._rng = random.Random(seed)  # noqa: S311
        self.people: list[Person] = []
        self.history = self._history(calls, now)

    def incident(self) -> list[CallStep]:
        """Calls of one feature of which most fail, to be sent at once."""
        steps: list[CallStep] = []
        for number in range(INCIDENT_CALLS):
            prompt: list[Json] = [{"role": "user", "content": f"Which {self._rng.choice(ITEMS)[2:]} is on sale?"}]
            if number % 5 == 4:
                reply, usage = providers.openai_chat(self._rng, SMALL_MODEL, prompt, "The second one in the list.")
                steps.append(CallStep("openai", SMALL_MODEL, 0.4, prompt, reply=reply, usage=usage))
            else:
                steps.append(CallStep("openai", SMALL_MODEL, 0.1, prompt, error_type=INCIDENT_ERROR))
        return steps

    def planted(self) -> dict[str, list[str]]:
        """Kind → values that must not be found anywhere."""
        found: dict[str, list[str]] = {}
        for somebody in self.people:
            for kind, value in somebody.planted().items():
                found.setdefault(kind, []).append(value)
        return found

    def _history(self, calls: int, now: datetime) -> list[Conversation]:
        drafts: list[tuple[str, int]] = []
        total = 0
        while total < calls:
            feature = self._rng.choices(("support", "search", "summaries", "triage"), (45, 25, 20, 10))[0]
            count = {"support": 3, "search": 2}.get(feature, 1)
            if total + count <= calls:
                drafts.append((feature, count))
                total += count
        times = sorted(self._moment(now) for _ in drafts)
        makers = {
            "support": self._support,
            "search": self._search,
            "summaries": self._summary,
            "triage": self._triage,
        }
        return [makers[f](number, at) for number, ((f, _), at) in enumerate(zip(drafts, times, strict=True))]

    def _moment(self, now: datetime) -> datetime:
        """A time of the last day, more likely in the afternoon than at night."""
        while True:
            at = now - timedelta(seconds=self._rng.uniform(900, 86_400))
            hour = at.hour + at.minute / 60
            weight = 0.55 + 0.45 * math.cos((hour - PEAK_HOUR) / 24 * 2 * math.pi)
            if self._rng.random() < weight:
                return at

    def _somebody(self) -> Person:
        # People come back: a third of the conversations are with somebody known.
        if self.people and self._rng.random() < 0.33:
            return self._rng.choice(self.people)
        self.people.append(person(self._rng, len(self.people)))
        return self.people[-1]

    def _fails(self) -> str | None:
        return self._rng.choice(FAILURES) if self._rng.random() < FAILURE_SHARE else None

    def _support(self, number: int, at: datetime) -> Conversation:
        who, rng = self._somebody(), self._rng
        order = f"W{rng.randrange(10**6, 10**7)}"
        messages: list[Json] = [
            {"role": "system", "content": SYSTEM},
            {
                "role": "user",
                "content": f"Hello, my name is {who.name}. My order {order} of {rng.choice(ITEMS)} has not arrived. "
                f"You can write to {who.email} or call {who.phone}.",
            },
        ]
        steps: list[Step] = []
        record: Json = {
            "order_id": order,
            "status": "in transit",
            "customer": {"name": who.name, "email": who.email, "phone": who.phone},
            "payment": {"method": "credit card", "card_number": who.card},
            "items": [{"sku": rng.randrange(1000, 9999), "quantity": 1, "price": f"{rng.randrange(10, 300)}.00"}],
        }
        self._tool_turn(steps, messages, "lookup_order", {"order_id": order}, record)
        messages.append({"role": "assistant", "content": f"Thank you, {who.name}. Where shall it be sent?"})
        messages.append(
            {"role": "user", "content": f"Please send it to {who.street}, {who.city}. I paid with the card {who.card}."}
        )
        change = {"order_id": order, "street": who.street}
        self._tool_turn(steps, messages, "change_address", change, {"ok": True, "address": {"street": who.street}})
        error = self._fails()
        reply, usage = providers.openai_chat(
            rng, CHAT_MODEL, messages, f"Done, {who.name}: it goes to {who.street}. A mail to {who.email} follows."
        )
        steps.append(self._call("openai", CHAT_MODEL, messages, reply, usage, error, {"temperature": 0.2}, tools=TOOLS))
        feedback = None
        if rng.random() < 0.4:
            good = rng.random() < 0.7
            comment = (
                "Quick and friendly." if good else f"Wrong answer again. My name is {who.name}, call me at {who.phone}."
            )
            feedback = FeedbackNote("up" if good else "down", comment, None if good else "Ask for the street first.")
        version = "3" if rng.random() < 0.5 else "4"
        return self._conversation(
            "answer-ticket", "support", number, who, at, steps, ("support-agent", version), feedback
        )

    def _tool_turn(self, steps: list[Step], messages: list[Json], tool: str, arguments: Json, result: Json) -> None:
        """The model asks for a tool, the tool answers; both join the history."""
        call_id = providers.identity(self._rng, "call_")
        before = list(messages)
        reply, usage = providers.openai_chat(self._rng, CHAT_MODEL, before, None, (call_id, tool, arguments))
        steps.append(self._call("openai", CHAT_MODEL, before, reply, usage, None, {"temperature": 0.2}, tools=TOOLS))
        steps.append(ToolStep(tool, arguments, result, self._rng.uniform(0.02, 0.3), call_id))
        messages.append(reply["choices"][0]["message"])
        messages.append({"role": "tool", "tool_call_id": call_id, "content": providers.text_of(result)})

    def _search(self, number: int, at: datetime) -> Conversation:
        who, rng = self._somebody(), self._rng
        query = f"{rng.choice(ITEMS)} that can be delivered to {who.city} this week"
        vector, vector_usage = providers.openai_embedding(rng, EMBEDDING_MODEL, query)
        documents: list[Json] = [
            {"id": f"doc-{rng.randrange(500)}", "score": round(rng.uniform(0.5, 0.95), 3)} for _ in range(3)
        ]
        prompt: list[Json] = [
            {"role": "system", "content": "Answer from the documents only."},
            {"role": "user", "content": f"{query}. Documents: {', '.join(d['id'] for d in documents)}."},
        ]
        reply, usage = providers.openai_chat(rng, SMALL_MODEL, prompt, "The first two can be there in three days.")
        ask: list[Json] = [{"role": "user", "content": query}]
        steps: list[Step] = [
            CallStep("openai", EMBEDDING_MODEL, 0.08, ask, "embeddings", reply=vector, usage=vector_usage),
            RetrievalStep(query, documents, rng.uniform(0.01, 0.1)),
            self._call("openai", SMALL_MODEL, prompt, reply, usage, self._fails(), {"temperature": 0.0}),
        ]
        return self._conversation("search-products", "search", number, who, at, steps, ("search-answer", "1"))

    def _summary(self, number: int, at: datetime) -> Conversation:
        who, rng = self._somebody(), self._rng
        notes = f"Customer: {who.name}. Asked twice about the delivery, left the number {who.phone}."
        prompt: list[Json] = [{"role": "user", "content": f"Summarise for the next shift: {notes}"}]
        text = f"The customer, {who.name}, waits for a parcel and wants to be called."
        reply, usage = providers.anthropic_message(rng, CACHED_MODEL, prompt, text, cached=1_024 * rng.randrange(0, 4))
        call = self._call("anthropic", CACHED_MODEL, prompt, reply, usage, self._fails(), {"max_tokens": 512})
        return self._conversation("summarise-shift", "summaries", number, who, at, [call], ("shift-summary", "2"))

    def _triage(self, number: int, at: datetime) -> Conversation:
        who, rng = self._somebody(), self._rng
        prompt: list[Json] = [{"role": "user", "content": f"Which team? {who.name} writes: the kettle is broken."}]
        text = '{"team": "returns", "urgent": false}' if rng.random() < 0.9 else "Team: returns"
        reply, usage = providers.openai_chat(rng, UNKNOWN_MODEL, prompt, text)
        parameters: Json = {"response_format": {"type": "json_object"}}
        call = self._call("acme", UNKNOWN_MODEL, prompt, reply, usage, None, parameters)
        return self._conversation("triage-ticket", "triage", number, who, at, [call], ("triage", "1"))

    def _call(
        self,
        provider: str,
        model: str,
        messages: list[Json],
        reply: Json,
        usage: Usage,
        error: str | None,
        parameters: Json,
        tools: list[Json] | None = None,
    ) -> CallStep:
        seconds = self._rng.lognormvariate(-0.2, 0.5)
        failed = error is not None
        return CallStep(
            provider,
            model,
            seconds,
            list(messages),
            reply=None if failed else reply,
            usage=Usage() if failed else usage,
            error_type=error,
            parameters=parameters,
            tools=tools,
        )

    def _conversation(
        self,
        name: str,
        feature: str,
        number: int,
        who: Person,
        at: datetime,
        steps: list[Step],
        prompt: tuple[str, str],
        feedback: FeedbackNote | None = None,
    ) -> Conversation:
        return Conversation(
            name=name,
            feature=feature,
            user_id=who.user_id,
            session_id=f"session-{number}",
            agent_name=f"{feature}-agent",
            started_at=at,
            steps=steps,
            prompt=prompt,
            feedback=feedback,
        )
