"""The SQL files of this package."""

from functools import cache
from importlib import resources

_PACKAGE = resources.files("nilometer.warehouse")


@cache
def scripts(folder: str) -> dict[str, str]:
    """Names and texts of a folder's files, in their order."""
    files = sorted((f for f in (_PACKAGE / folder).iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {f.name.removesuffix(".sql"): f.read_text(encoding="utf-8") for f in files}
