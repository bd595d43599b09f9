"""Plants canaries through every way in, in three runs of one installation, and looks for them wherever those leave
traces.

1. everything comes in, processes die, dead letters are tried again;
2. no text can be masked in time, so that all that comes in is a dead letter;
3. as in 1 again: the dead letters of 2 are tried again, and jobs (Airflow's, too) run over what is there.
"""

import contextlib
import email
import email.policy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nilometer.console import deadletters, draining
from nilometer.warehouse.sql import query
from nilometer.warehouse.writer import Writer
from tests.canary import home as places
from tests.canary import temporary
from tests.canary.attacks import UNSEALED
from tests.canary.ingresses import INGRESSES, SLOW, Ingress
from tests.canary.native import Ids
from tests.canary.planter import Exhausted, Planter
from tests.canary.scan import Scanner
from tests.canary.sinks import sinks
from tests.canary.site import OWN_SECRETS, Site
from tests.canary.values import Canary, generate
from tests.console.command import until
from tests.support.airflow import airflow

SECONDS = 300
VIEWS = ("spans", "feedback", "scores", "span_details")
VICTIMS = ("worker-1", "loader", "worker-1", "gateway", "worker-1", "collector", "detector", "forward", "notifier")
NO_TIME = 'max_text_seconds = 0.001\non_failure = "dead_letter"'
COMMANDS = (
    ("doctor",),
    ("doctor", "--format", "json"),
    ("alerts",),
    ("alerts", "--format", "json"),
    ("dead", "list", "--limit", "100000"),
    ("dead", "list", "--limit", "100000", "--format", "json"),
    ("keys", "api", "list"),
    ("topics", "plan"),
    ("config", "check"),
    ("sql", "FROM calls", "--format", "json"),
    ("sql", "FROM spans", "--format", "csv"),
    ("sql", "SELECT CAST(error_message AS INTEGER) FROM spans WHERE error_message IS NOT NULL"),
    ("sql", "SELECT attributes.no_such_field.deeper, * FROM spans ORDER BY CAST(attributes AS DATE)"),
    ("sql", "FROM read_text('/etc/passwd')"),
)
JOBS = ("evaluation", "quality", "reports", "retention")


@dataclass
class Result:
    """What was planted, what was found, and what has been looked at."""

    planter: Planter
    scanner: Scanner
    missing: dict[str, int]
    """Ingress → events that should be in the warehouse and are not."""
    rounds: int
    kills: int
    refused: int
    """Dead letters that were tried again."""
    seconds: float


def run(
    directory: Path,
    count: int,
    seed: int,
    ingresses: Sequence[str] = tuple(INGRESSES),
    *,
    slow: bool = True,
    dags: bool = False,
) -> Result:
    """At least `count` canaries, in whole rounds over all ingresses. `slow`: also the runs 2 and 3; `dags`: Airflow."""
    began = time.monotonic()
    planter = Planter(generate(2 * count + 8_000, seed))
    kept = places.Kept()
    refused = rounds = 0
    with sinks() as there:
        site = Site(directory, there)
        with temporary.watched(site.home, directory / "vanished"):
            with site.running():
                while len(planter.planted) < count:
                    _plant(site, planter, {name: INGRESSES[name] for name in ingresses}, rounds * 1_000)
                    rounds += 1
                refused += _settle(site, kept)
            if slow:
                site.set(NO_TIME)
                with site.running():
                    _plant(site, planter, SLOW, 900_000)
                    _look(site, kept)
                site.set()
                with site.running():
                    refused += _settle(site, kept)
            # Before anything is deleted for its age.
            missing = _missing(site, planter)
            for job in JOBS:
                site.run("run", job)
            if dags:
                _run_dags(site)
            temporary.spill(site)
        for sender, data in there.got:
            kept.look(f"sent: {sender}", data)
            if sender == "mail":
                kept.look(f"sent: {sender}", _letter(data))
    scanner = _scan(site, planter, kept)
    return Result(planter, scanner, missing, rounds, site.deaths, refused, time.monotonic() - began)


def _plant(site: Site, planter: Planter, ingresses: dict[str, Ingress], salt: int) -> None:
    for position, (name, ingress) in enumerate(ingresses.items(), salt + 1):
        planter.ingress = name
        with contextlib.suppress(Exhausted):
            ingress(site, planter, Ids(position))
        if position % 2:
            site.kill(VICTIMS[site.deaths % len(VICTIMS)])
            # What is sent next needs somebody who answers; those behind may be dead as it comes in.
            until("a gateway", lambda: site.up.pid_of("gateway") is not None, SECONDS)


def _settle(site: Site, kept: places.Kept) -> int:
    """Dead letters are shown and tried again, once all has come in; how many."""
    _drain(site)
    letters = deadletters.find(site.settings)
    for letter in letters[:: max(1, len(letters) // 5)]:
        site.run("dead", "show", letter.event_id)
    site.run("dead", "retry", "--all")
    _look(site, kept)
    return len(letters)


def _look(site: Site, kept: places.Kept) -> None:
    """At all that is gone when the stack ends."""
    _drain(site)
    site.look_at_metrics()
    for command in COMMANDS:
        site.run(*command)
    places.scan_topics(kept, site.settings)


def _drain(site: Site) -> None:
    until("a worker", lambda: site.up.pid_of("worker-1") is not None, SECONDS)
    with Writer(site.settings) as writer:
        until("the warehouse to have it all", lambda: not draining.waiting(site.settings, writer), SECONDS)


def _run_dags(site: Site) -> None:
    home = site.directory / "airflow"
    home.mkdir()
    ours = {"NILOMETER_HOME": str(site.home), "NILOMETER_CONFIG": str(site.config), **site.environment}
    for arguments in (("db", "migrate"), *(("dags", "test", dag) for dag in JOBS)):
        done = airflow(home, *arguments, extra=ours)
        site.said.append(("output of Airflow", done.stdout.encode()))


def _letter(data: bytes) -> bytes:
    """A mail as its reader sees it."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body()
    return f"{message['subject']}\n{body.get_content() if body else ''}".encode()


def _scan(site: Site, planter: Planter, kept: places.Kept) -> Scanner:
    planted = [canary for canary in planter.canaries if canary.number in planter.planted]
    for number, secret in enumerate((*OWN_SECRETS, site.key), len(planter.canaries)):
        # Ours are looked for as well. They were never planted, and stand nowhere but in the settings.
        planted.append(Canary(number, "OURS", secret, secret, "", own_form=True))
        planter.planted[number] = "ours", "settings"
        planter.canaries = [*planter.canaries, planted[-1]]
    scanner = Scanner(planted)
    for place, data in (*kept.seen, *site.said):
        scanner.look(place, data)
    places.scan_warehouse(scanner, site.settings)
    places.scan_files(scanner, site.home)
    for name in ("tmp", "vanished", "airflow"):
        places.scan_files(scanner, site.directory / name, name)
    for hit in [hit for hit in scanner.hits if hit.place == "topic raw"]:
        if planter.planted[hit.number][0] == UNSEALED:
            # There it was put, in plain text, by somebody else.
            del scanner.hits[hit]
    return scanner


def _missing(site: Site, planter: Planter) -> dict[str, int]:
    """What never arrived proves nothing: by ingress, events that are in no table."""
    there: set[str] = set()
    for view in VIEWS:
        there |= {row["trace_id"] for row in query(site.settings, f"SELECT DISTINCT trace_id FROM {view}").to_pylist()}  # noqa: S608
    counts = {ingress: len(wanted - there) for ingress, wanted in planter.arrive.items()}
    return {ingress: count for ingress, count in counts.items() if count}


def table(result: Result) -> Iterator[str]:
    """Hits by kind, ingress, field and place."""
    kinds = {canary.number: canary.kind for canary in result.planter.canaries}
    rows: dict[tuple[str, str, str], set[tuple[int, str, str]]] = {}
    for hit in result.scanner.hits:
        ingress, where = result.planter.planted[hit.number]
        rows.setdefault((kinds[hit.number], ingress, where), set()).add(hit)
    for (kind, ingress, where), hits in sorted(rows.items()):
        spots = sorted({f"{place} ({encoding})" for _, encoding, place in hits})
        yield f"{kind:16} {ingress:22} {where:36} {len({hit[0] for hit in hits})}  {'; '.join(spots[:4])}"
