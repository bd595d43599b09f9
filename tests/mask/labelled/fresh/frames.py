"""What stands around a value: people who write, and programs that do."""

from random import Random

from tests.mask.labelled.fresh.ids import Id
from tests.mask.labelled.sample import Sample, Writer

# L: what people call it; K: what programs do; V: the value.
CHAT = (
    "my L is V",
    "Hi there, the L you asked for: V",
    "L: V",
    "L - V",
    "Can you confirm that V is the right L?",
    "please change my L to V asap",
    "The customer gave V as L.",
    "I think my L was V but I'm not sure",
    "Update: L V has been verified.",
    "Her L (V) does not match our records.",
    "Your L, V, was accepted.",
    "wrong L!! it should be V",
    "Q: What's your L?  A: V",
    "Agent: could I have your L please? Customer: sure, V",
    "The L on file is V.",
    "L number V",
    "**L**: V",
    "we need the L. It's V.",
)
MACHINE = (
    ("json", '{"K": "V"}'),
    ("json", '{"id": 31, "customer": {"K": "V", "tier": "gold"}}'),
    ("json", '{"tool": "lookup", "arguments": "{\\"K\\": \\"V\\"}"}'),
    ("json", '[{"field": "K", "value": "V"}]'),
    ("json", '{"messages":[{"role":"user","content":"my L is V"}]}'),
    ("log", "2024-05-11T09:12:44Z INFO kyc K=V status=ok"),
    ("log", '[worker-3] DEBUG validated K="V" attempt=2'),
    ("log", "ERROR 4411 --- invalid K: V (retrying)"),
    ("log", "Jan 03 04:05:06 web1 api[211]: POST /v1/profile K=V 200 31ms"),
    ("code", 'K = "V"'),
    ("code", "const rec = { K: 'V' };"),
    ("code", "UPDATE customers SET K = 'V' WHERE id = 77;"),
    ("code", "INSERT INTO people (id, K) VALUES (12, 'V');"),
    ("code", '<K>V</K>'),
    ("code", '<input name="K" value="V"/>'),
    ("code", 'assert mask_field(K="V") is not None'),
    ("code", "  K: V"),
    ("table", "id,K,state\n7,V,open"),
    ("table", "| id | L | state |\n|---|---|---|\n| 7 | V | open |"),
    ("table", "K\tstate\nV\topen"),
    ("table", "| L | V |"),
)  # fmt: skip
BARE = (
    ("chat", "here you go: V"),
    ("chat", "V"),
    ("chat", "I already sent V to support yesterday."),
    ("chat", "it's V, thanks!"),
    ("chat", "Use V instead of the old one"),
    ("json", '{"value": "V"}'),
    ("json", '["V", 3, true]'),
    ("log", "INFO lookup V found in 3 ms"),
    ("code", 'check("V")'),
    ("table", "17;V;2024;ok"),
    ("table", "| 17 | V | ok |"),
)


def of_ids(r: Random, one: Id, count: int) -> list[Sample]:
    out: list[Sample] = []
    for number in range(count):
        value = one.make(r)
        if number % 2 == 0:
            place, frame = "chat", r.choice(CHAT)
        elif one.bare and number % 4 == 1:
            place, frame = r.choice(BARE)
        else:
            place, frame = r.choice(MACHINE)
        if place == "json" and '"' in value:
            place, frame = "chat", CHAT[0]
        if frame.startswith("id,") and "," in value:
            frame = "K\tstate\nV\topen"
        out.append(filled(frame, place, r.choice(one.labels), r.choice(one.keys), value, one.kind))
    return out


def filled(frame: str, place: str, label: str, key: str, value: str, kind: str) -> Sample:
    writer = Writer(place)
    text = ""
    for at, char in enumerate(frame):
        lone = not frame[at - 1 : at].isalpha() and not frame[at + 1 : at + 2].isalpha()
        if char == "V" and lone:
            writer.plain(text).value(value, kind)
            text = ""
        else:
            text += label if char == "L" and lone else key if char == "K" and lone else char
    return writer.plain(text).done()
