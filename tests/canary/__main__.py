"""The heavy command: `uv run python -m tests.canary [--count 2000] [--seed 1]`; exit code 1 when anything is found."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.canary.run import INGRESSES, run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.canary", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="values to plant, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ingress", action="append", choices=list(INGRESSES), help="only these")
    parser.add_argument("--show", action="store_true", help="the values that were found, which are made up")
    chosen = parser.parse_args()
    write = sys.stdout.write
    with tempfile.TemporaryDirectory(prefix="canary-") as directory:
        result = run(Path(directory), chosen.count, chosen.seed, chosen.ingress or tuple(INGRESSES))
    planted, scanner = result.planter.planted, result.scanner
    for line in table(result):
        write(line + "\n")
    if chosen.show:
        for number in sorted(scanner.numbers()):
            canary = result.planter.canaries[number]
            write(f"  {canary.kind} {planted[number]} {canary.text!r} in {canary.said!r}\n")
    write(f"\nplanted {len(planted)} values in {result.rounds} rounds, {result.kills} kills, {result.seconds:.0f} s\n")
    write(f"by ingress: {dict(Counter(ingress for ingress, _ in planted.values()))}\n")
    write(f"looked at {sum(scanner.scanned.values()):,} bytes in {len(scanner.scanned)} places\n")
    write(f"not arrived: {result.missing or 'none'}\n")
    write(f"found: {len(scanner.numbers())} values\n")
    return 1 if scanner.hits or result.missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
