"""What stands around a value: chat, JSON, code, logs, tables."""

import json
from collections.abc import Callable
from random import Random

from tests.mask.labelled.negatives import NEGATIVES
from tests.mask.labelled.sample import Sample, Writer
from tests.mask.labelled.values import Kind

PLACES = ("chat", "json", "code", "log", "table")

CHAT = (
    "My {label} is {value}.",
    "my {label}: {value}",
    "{label}: {value}",
    "Could you please check {label} {value} for me?",
    "Hi, I need help. The {label} on file is {value}, thanks!",
    "The customer gave the {label} {value} over the phone.",
    "**{label}:** {value}",
    "- {label} = {value}\n- the rest is unchanged",
)
BARE = (
    "Please use {value} from now on.",
    "It is {value}, I think.",
    "Sent to {value} yesterday.",
    "{value}",
    "I already told your colleague: {value}",
)


def noise(r: Random) -> str:
    return r.choice(NEGATIVES)(r)


def snake(label: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in label.lower()).split())


def camel(label: str) -> str:
    first, *rest = snake(label).split("_")
    return first + "".join(word.capitalize() for word in rest)


def fill(w: Writer, template: str, label: str, value: str, kind: str | None) -> None:
    before, after = template.split("{value}")
    w.plain(before.replace("{label}", label)).value(value, kind).plain(after.replace("{label}", label))


def in_chat(r: Random, kind: Kind, value: str) -> Sample:
    w = Writer("chat")
    if r.random() < 0.5:
        w.plain(noise(r) + ". ")
    bare = kind.bare and r.random() < 0.4
    fill(w, r.choice(BARE if bare else CHAT), r.choice(kind.labels), value, kind.name)
    if r.random() < 0.4:
        w.plain(" " + noise(r))
    return w.done()


def in_json(r: Random, kind: Kind, value: str) -> Sample:
    w = Writer("json")
    written = json.dumps(value, ensure_ascii=False)[1:-1]
    key = r.choice([snake, camel])(r.choice(kind.labels[:2]))
    match r.randrange(3):
        case 0:
            w.plain(f'{{"id": {r.randint(1, 999)}, "{key}": "').value(written, kind.name).plain(
                '", "status": "active"}'
            )
        case 1:
            w.plain(f'[{{"order_id": "{r.randint(10**6, 10**7)}", "note": "{r.choice(kind.labels)}: ')
            w.value(written, kind.name).plain('"}]')
        case _:
            w.plain(f'{{\n  "data": {{\n    "{key}": "').value(written, kind.name)
            w.plain(f'",\n    "total": {r.randint(5, 900)}.5\n  }}\n}}')
    return w.done()


def in_code(r: Random, kind: Kind, value: str) -> Sample:
    w = Writer("code")
    label = r.choice(kind.labels)
    quote = "'" if "'" not in value else '"'
    match r.randrange(4):
        case 0:
            w.plain(f"def load():\n    {snake(label)} = {quote}").value(value, kind.name).plain(
                f"{quote}\n    return 1\n"
            )
        case 1:
            w.plain(f"const {camel(label)} = {quote}").value(value, kind.name).plain(f"{quote};\n")
        case 2:
            w.plain(f"{snake(label).upper()}={quote}").value(value, kind.name).plain(f"{quote}\nDEBUG=1\n")
        case _:
            w.plain(f"# {label}: ").value(value, kind.name).plain("\nretries = 3\n")
    return w.done()


def in_log(r: Random, kind: Kind, value: str) -> Sample:
    w = Writer("log")
    w.plain(f"2026-0{r.randint(1, 9)}-1{r.randint(0, 9)} 08:{r.randint(10, 59)}:07,113 {r.choice(['INFO', 'WARN'])} ")
    label = r.choice(kind.labels)
    match r.randrange(3):
        case 0:
            w.plain(f"api.handler - {snake(label)}=").value(value, kind.name).plain(f" took={r.randint(2, 900)}ms")
        case 1:
            w.plain(f"[worker-{r.randint(1, 9)}] updated {label} ").value(value, kind.name).plain(" ok")
        case _:
            w.plain(f'svc: validation failed for {label}: "').value(value, kind.name).plain(f'" ({noise(r)})')
    return w.done()


def in_table(r: Random, kind: Kind, values: list[str]) -> Sample:
    w = Writer("table")
    label = r.choice(kind.labels)
    match r.randrange(3):
        case 0:
            w.plain(f"id,{snake(label)},status\n")
            for value in values:
                quoted = f'"{value}"' if "," in value else value
                lead = quoted.index(value)
                w.plain(f"{r.randint(1, 999)},{quoted[:lead]}").value(value, kind.name)
                w.plain(f"{quoted[lead + len(value) :]},{r.choice(['open', 'paid'])}\n")
        case 1:
            w.plain(f"| # | {label} | total |\n|---|---|---|\n")
            for number, value in enumerate(values):
                w.plain(f"| {number} | ").value(value, kind.name).plain(f" | {r.randint(1, 99)}.00 |\n")
        case _:
            w.plain(f"INSERT INTO records (id, {snake(label)}, plan) VALUES\n")
            for number, value in enumerate(values):
                w.plain(f"({number}, '").value(value.replace("'", "''"), kind.name)
                w.plain("', 'basic')" + (";" if number == len(values) - 1 else ",\n"))
    return w.done()


def placed(r: Random, place: str, kind: Kind, make: Callable[[], str]) -> Sample:
    match place:
        case "json":
            return in_json(r, kind, make())
        case "code":
            return in_code(r, kind, make())
        case "log":
            return in_log(r, kind, make())
        case "table":
            return in_table(r, kind, [make() for _ in range(r.randint(1, 4))])
        case _:
            return in_chat(r, kind, make())


def nothing(r: Random) -> Sample:
    """A text without anybody in it."""
    w = Writer("nothing")
    w.plain(r.choice([". ", "\n", "; "]).join(noise(r) for _ in range(r.randint(2, 5))))
    return w.done()
