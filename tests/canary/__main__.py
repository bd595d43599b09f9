"""The heavy command: `uv run python -m tests.canary [--count 2000] [--seed 1]`; exit code 1 when anything is found."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.canary.ingresses import INGRESSES
from tests.canary.run import run, table


def places_of(scanned: Counter[str]) -> Counter[str]:
    """Bytes by the first word or two of a place."""
    sums: Counter[str] = Counter()
    for place, size in scanned.items():
        head, _, rest = place.partition(" ")
        whole = head in ("topic", "sent:", "file") and rest
        sums[f"{head} {rest.partition('/')[0]}" if whole else head if head in ("warehouse", "command") else place] += (
            size
        )
    return sums


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.canary", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="values to plant, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ingress", action="append", choices=list(INGRESSES), help="only these")
    parser.add_argument("--quick", action="store_true", help="neither the run without time for masking nor Airflow")
    parser.add_argument("--keep", type=Path, help="a folder to work in, left as it is at the end")
    parser.add_argument("--show", action="store_true", help="the values that were found, which are made up")
    chosen = parser.parse_args()
    write = sys.stdout.write
    with tempfile.TemporaryDirectory(prefix="canary-") as directory:
        full = not chosen.quick
        where, ways = chosen.keep or Path(directory), chosen.ingress or tuple(INGRESSES)
        result = run(where, chosen.count, chosen.seed, ways, slow=full, dags=full)
    planted, scanner = result.planter.planted, result.scanner
    for line in table(result):
        write(line + "\n")
    if chosen.show:
        for number in sorted(scanner.numbers()):
            canary = result.planter.canaries[number]
            write(f"  {canary.kind} {planted[number]} {canary.text!r} in {canary.said!r}\n")
    write(f"\nplanted {len(planted)} values in {result.rounds} rounds, {result.kills} kills, {result.seconds:.0f} s\n")
    write(f"dead letters tried again: {result.refused}\n")
    write(f"by ingress: {dict(Counter(ingress for ingress, _ in planted.values()))}\n")
    write(f"looked at {sum(scanner.scanned.values()):,} bytes in {len(scanner.scanned)} places\n")
    for place, size in sorted(places_of(scanner.scanned).items()):
        write(f"  {size:>13,}  {place}\n")
    write(f"not arrived: {result.missing or 'none'}\n")
    write(f"found: {len(scanner.numbers())} values\n")
    return 1 if scanner.hits or result.missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
