"""Golden files: compared byte for byte, with a readable difference."""

import difflib
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def compare(file: Path, found: bytes) -> None:
    """Fails with the lines that differ."""
    wanted = file.read_bytes()
    if found == wanted:
        return
    before, after = (data.decode(errors="backslashreplace").splitlines() for data in (wanted, found))
    lines = difflib.unified_diff(before, after, "golden", "found", n=0, lineterm="")
    raise AssertionError(f"{file.name} differs:\n" + "\n".join(lines))


def write(file: Path, found: bytes) -> None:
    file.write_bytes(found)
