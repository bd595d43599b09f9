"""The demo's truth: what is in the warehouse is what was sent. Each check gives what is wrong; nothing is good."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import genai_prices

from nilometer.console.demo.setup import CONFIG, EXPECTED_DIMENSIONS, RULE
from nilometer.console.simulate.play import Played, SentCall

if TYPE_CHECKING:
    import duckdb

CALL_COLUMNS = "trace_id, span_id, feature, status, error_type, cost, unpriced_reason, " + (
    "input_tokens, output_tokens, cache_read_tokens"
)
NO_PRICE = {"acme"}
"""Providers that no price book knows."""
EXPECTED_KINDS = ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "LOCATION")


@dataclass
class Check:
    """One question about the truth, and what is wrong with the answer."""

    name: str
    found: str
    problems: list[str] = field(default_factory=list[str])


def examine(
    connection: "duckdb.DuckDBPyConnection", played: Played, planted: Mapping[str, list[str]], home: Path
) -> list[Check]:
    """All checks of what was played against what the warehouse and the files of `home` hold."""
    rows = connection.execute(f"SELECT {CALL_COLUMNS} FROM calls").fetchall()  # noqa: S608
    return [
        _once(rows, played),
        _others(connection, played),
        _tokens(rows, played),
        _costs(rows, played),
        _failures(rows, played),
        _masked(connection),
        _absent(connection, planted, home),
        _alerts(connection),
        _dead(connection, played),
    ]


def _once(rows: list[Any], played: Played) -> Check:
    there = Counter((row[0], row[1]) for row in rows)
    sent = {(call.trace_id, call.span_id) for call in played.calls}
    check = Check("every call is there once", f"{len(rows)} of {len(sent)} calls")
    missing, extra = sent - there.keys(), there.keys() - sent
    twice = [key for key, count in there.items() if count > 1]
    for what, found in (("missing", missing), ("never sent", extra), ("there twice", twice)):
        if found:
            check.problems.append(f"{len(found)} calls {what}, e.g. trace {next(iter(found))[0]}")
    return check


def _others(connection: "duckdb.DuckDBPyConnection", played: Played) -> Check:
    check = Check("so is everything else", "")
    counts: dict[str, int] = {}
    for view, sent in played.others.items():
        counts[view] = _number(connection, f"SELECT count(*) FROM {view}")  # noqa: S608
        if counts[view] != sent:
            check.problems.append(f"{counts[view]} rows in {view}, {sent} were sent")
    check.found = ", ".join(f"{count} {view}" for view, count in counts.items())
    return check


def _tokens(rows: list[Any], played: Played) -> Check:
    names = ("input_tokens", "output_tokens", "cache_read_tokens")
    sent = {name: sum(getattr(call.step.usage, name) or 0 for call in played.calls) for name in names}
    there = {name: sum(row[7 + i] or 0 for row in rows) for i, name in enumerate(names)}
    check = Check("tokens add up", ", ".join(f"{count} {name}" for name, count in there.items()))
    check.problems += [f"{name}: {there[name]}, {sent[name]} were sent" for name in names if there[name] != sent[name]]
    return check


def _costs(rows: list[Any], played: Played) -> Check:
    sent = {(call.trace_id, call.span_id): call for call in played.calls}
    total, unpriced, wrong = Decimal(0), 0, 0
    for trace_id, span_id, _, _, _, cost, reason, *_ in rows:
        call = sent.get((trace_id, span_id))
        if call is None:
            continue
        expected = price_of(call)
        total += cost or 0
        unpriced += cost is None
        if cost != expected or (cost is None and not reason):
            wrong += 1
    check = Check(
        "cost is what the price book says", f"USD {total:.6f}; {unpriced} calls without a price, with a reason"
    )
    if wrong:
        check.problems.append(f"{wrong} calls have another cost than the price book gives")
    return check


def price_of(call: SentCall) -> Decimal | None:
    """What a call costs by the price book; None where it has no usage or the book does not know the model."""
    step = call.step
    if step.error_type is not None or step.provider in NO_PRICE:
        return None
    usage = genai_prices.Usage(
        input_tokens=step.usage.input_tokens,
        output_tokens=step.usage.output_tokens,
        cache_read_tokens=step.usage.cache_read_tokens,
        cache_write_tokens=step.usage.cache_write_tokens,
    )
    found = genai_prices.calc_price(
        usage, step.model, provider_id=step.provider, genai_request_timestamp=call.started_at
    )
    return found.total_price


def _failures(rows: list[Any], played: Played) -> Check:
    sent = Counter(call.step.error_type for call in played.calls if call.step.error_type)
    there = Counter(row[4] for row in rows if row[3] == "error")
    check = Check("failed calls are marked", ", ".join(f"{count} {kind}" for kind, count in sorted(there.items())))
    if sent != there:
        check.problems.append(f"{there.total()} calls failed, {sent.total()} were sent as failed")
    return check


def masked_kinds(connection: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    """Kind → how many values were masked in spans and feedback."""
    rows = connection.execute(
        "SELECT kind, sum(json_extract(masked, '$.' || kind)::BIGINT) FROM ("
        "  SELECT masked, unnest(json_keys(masked)) AS kind FROM spans"
        "  UNION ALL SELECT masked, unnest(json_keys(masked)) FROM feedback"
        ") GROUP BY kind ORDER BY 2 DESC"
    ).fetchall()
    return {kind: int(count) for kind, count in rows}


def _masked(connection: "duckdb.DuckDBPyConnection") -> Check:
    kinds = masked_kinds(connection)
    check = Check("personal data was masked", f"{sum(kinds.values())} values of {len(kinds)} kinds")
    check.problems += [f"nothing of the kind {kind} was masked" for kind in EXPECTED_KINDS if not kinds.get(kind)]
    return check


def _absent(connection: "duckdb.DuckDBPyConnection", planted: Mapping[str, list[str]], home: Path) -> Check:
    """Looks at every value of every table, and at every byte of every file: warehouse, logs, report, spool."""
    needles = {form.encode(): kind for kind, values in planted.items() for value in values for form in _forms(value)}
    check = Check("no planted value is left", f"{len(needles)} values looked for")
    leaks: dict[str, set[bytes]] = {}
    for place, haystack in [*_tables(connection), *_files(home)]:
        for needle, kind in needles.items():
            if needle in haystack:
                leaks.setdefault(f"{kind} in {place}", set()).add(needle)
    # Where, and of what kind; never the value itself.
    check.problems += [f"{len(found)} planted values: {where}" for where, found in sorted(leaks.items())]
    return check


def _forms(value: str) -> set[str]:
    digits = "".join(c for c in value if c.isdigit())
    bare = {digits} if value.startswith("+") else set[str]()
    return {value, *bare}


def _tables(connection: "duckdb.DuckDBPyConnection") -> Iterator[tuple[str, bytes]]:
    tables = connection.execute(
        "SELECT DISTINCT database_name, schema_name, table_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    ).fetchall()
    for name in tables:
        text: list[bytes] = []
        found = connection.execute("SELECT * FROM " + ".".join(f'"{part}"' for part in name))  # noqa: S608
        while rows := found.fetchmany(1_000):
            text += [v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row if v is not None]
        yield f"the table {'.'.join(name[1:])}", b"\0".join(text)


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(home.rglob("*")):
        if file.is_file() and file.name != CONFIG:
            yield str(file.relative_to(home)), file.read_bytes()


def _alerts(connection: "duckdb.DuckDBPyConnection") -> Check:
    fired = connection.execute("SELECT DISTINCT rule, dimensions::VARCHAR FROM alerts").fetchall()
    check = Check("the right alert fired, and no other", ", ".join(f"{rule} {where}" for rule, where in fired))
    expected = {name: f'"{value}"' for name, value in EXPECTED_DIMENSIONS.items()}
    right = [where for rule, where in fired if rule == RULE and all(v in where for v in expected.values())]
    if not right:
        check.problems.append(f"no alert of the rule {RULE} for {EXPECTED_DIMENSIONS}")
    if len(fired) > len(right):
        check.problems.append(f"{len(fired) - len(right)} alerts that nobody planned")
    return check


def _dead(connection: "duckdb.DuckDBPyConnection", played: Played) -> Check:
    rows = connection.execute("SELECT step, count(*) FROM dead_letters GROUP BY step ORDER BY step").fetchall()
    there = dict(rows)
    check = Check("dead letters are as planned", ", ".join(f"{count} at {step}" for step, count in rows))
    if there != dict(played.dead):
        check.problems.append(f"planned were {dict(played.dead)}")
    return check


def _number(connection: "duckdb.DuckDBPyConnection", query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
