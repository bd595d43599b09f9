"""`uv run python -m tests.clients.capture CLIENT…`: runs clients, keeps what they send, and says how it compares.

`--keep` writes to tests/decode/captures; else to .build/clients/captures. `--again` compares what is there already.
"""

import argparse
import sys
import tempfile
import zlib
from pathlib import Path

from nilometer.console.backfill import backfill
from nilometer.schemas.settings import MaskingSettings, Settings
from tests.clients import captures
from tests.clients.compare import differences
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


def compare(name: str, folder: Path) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), masking=MaskingSettings(entities=["CREDIT_CARD"], user_ids="keep"))
        done = backfill(settings, [folder / f"{name}.pb"], "otlp")
        found = differences(captures.truth(name, folder), settings)
        return found | ({"dead": [f"{k} {v}" for k, v in done.dead.items()]} if done.dead else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="+", metavar="CLIENT", help="names of tests/clients/table.py, or `all`")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    folder = captures.FOLDER if asked.keep else BUILD / "captures"
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name in [c.name for c in CLIENTS] if asked.clients == ["all"] else asked.clients:
        client = next((c for c in CLIENTS if c.name == name), None)
        if client is None:
            parser.error(f"no client {name} in tests/clients/table.py")
        try:
            unknown = [] if asked.again else capture(client, folder)
            found = compare(name, folder)
        except (ClientError, OSError) as error:
            (folder / f"{name}.error.txt").write_text(str(error))
            sys.stdout.write(f"## {name}: FAILED, see {folder / name}.error.txt: {str(error).strip()[-300:]}\n")
            wrong += 1
            continue
        expected = {kind: sorted(fields.split()) for kind, fields in client.not_sent.items()}
        size = (folder / f"{name}.pb").stat().st_size
        sys.stdout.write(f"## {name}: {size} B, {'as expected' if found == expected else 'DIFFERS'} {unknown or ''}\n")
        wrong += found != expected
        for kind in sorted({*found, *expected}):
            now, then = found.get(kind, []), expected.get(kind, [])
            sys.stdout.flush()
            sys.stdout.write(
                f"   {kind}: {' '.join(now)}{'' if now == then else '   (expected ' + ' '.join(then) + ')'}\n"
            )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
