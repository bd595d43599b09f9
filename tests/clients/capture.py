"""`uv run python -m tests.clients.capture CLIENT…`: runs clients, keeps what they send, and says how it compares.

`--keep` writes to tests/decode/captures; else to .build/clients/captures. `--again` compares what is there already.
"""

import argparse
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from nilometer.console.backfill import backfill
from nilometer.schemas.settings import Settings
from tests.clients import captures
from tests.clients.compare import call_rows, differences
from tests.clients.missing import Fields, accept, not_sent
from tests.clients.receiver import Receiver
from tests.clients.run import BUILD, ClientError, run
from tests.clients.table import CLIENTS, Client
from tests.support.models import ModelServer


def capture(client: Client, folder: Path) -> list[str]:
    """Runs it and writes its capture; paths that nobody knew. Raises ClientError."""
    with ModelServer(first=zlib.crc32(client.name.encode()) % 9000 * 1000 + 1) as models, Receiver() as receiver:
        said = run(client, models.url, receiver.url)
        captures.save(client.name, receiver.traces, receiver.logs, models.truth, folder)
        (folder / f"{client.name}.txt").write_text(said) if folder != captures.FOLDER else None
        return models.unknown + receiver.unknown


def compare(names: Sequence[str], folder: Path) -> dict[str, Fields]:
    """What differs of each, from one lake with all of them."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), masking=captures.UNMASKED)
        done = backfill(settings, captures.unpack(names, Path(home), folder), "otlp")
        sys.stdout.write(f"dead letters: {dict(done.dead) or 'none'}\n")
        calls = call_rows(settings)
        return {name: differences(captures.truth(name, folder), calls, captures.traces(name, folder)) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="+", metavar="CLIENT", help="names of tests/clients/table.py, or `all`")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--accept", action="store_true", help="what differs is what the client does not send")
    asked = parser.parse_args()
    folder = captures.FOLDER if asked.keep else BUILD / "captures"
    folder.mkdir(parents=True, exist_ok=True)
    known = {client.name: client for client in CLIENTS}
    names = list(known) if asked.clients == ["all"] else asked.clients
    if unknown := [name for name in names if name not in known]:
        parser.error(f"not in tests/clients/table.py: {', '.join(unknown)}")
    captured = names if asked.again else [name for name in names if _captured(known[name], folder)]
    captured = [name for name in captured if (folder / f"{name}.pb.gz").exists()]
    wrong = len(names) - len(captured)
    expected = not_sent()
    for name, found in compare(captured, folder).items():
        if asked.accept:
            accept(name, found)
        wrong += _told(name, found, found if asked.accept else expected.get(name, {}), folder)
    sys.exit(1 if wrong else 0)


def _captured(client: Client, folder: Path) -> bool:
    try:
        unknown = capture(client, folder)
    except (ClientError, OSError) as error:
        (BUILD / f"{client.name}.error.txt").write_text(str(error))
        sys.stdout.write(f"{client.name}: FAILED, see {BUILD / client.name}.error.txt: {str(error).strip()[-300:]}\n")
        return False
    sys.stdout.write(f"{client.name}: captured {unknown or ''}\n")
    return True


def _told(name: str, found: Fields, expected: Fields, folder: Path) -> bool:
    size = (folder / f"{name}.pb.gz").stat().st_size
    sys.stdout.write(f"## {name}: {size} B, {'as expected' if found == expected else 'DIFFERS'}\n")
    for kind in sorted({*found, *expected}):
        now, then = found.get(kind, []), expected.get(kind, [])
        known = "" if now == then else f"   (expected {' '.join(then)})"
        sys.stdout.write(f"   {kind}: {' '.join(now)}{known}\n")
    return found != expected


if __name__ == "__main__":
    main()
