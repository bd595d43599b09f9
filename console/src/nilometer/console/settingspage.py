"""docs/settings.md, made from the model: `python -m nilometer.console.settingspage > docs/settings.md`."""

import json
import sys
from pathlib import Path
from typing import Any

from nilometer.console.catalog import Setting, sections, settings_list
from nilometer.schemas.settings import Destination, MaskingRule, Rule

HEAD = """# Settings

<!-- Made from schemas/src/nilometer/schemas/settings/ by `python -m nilometer.console.settingspage`; do not edit. -->

Settings are read from `nilometer.toml` (or what `--config` or `NILOMETER_CONFIG` names); environment variables stand
above the file, `--home` and `--environment` above both. `nilometer config show` lists the values in force and where
each comes from, `nilometer config check` tells what is wrong. A setting whose name ends in `_file` takes the secret
from that file. A name that is not listed here is refused, not ignored.
"""


def page() -> str:
    known = list(settings_list())
    parts = [HEAD, _table("General", "Outside of any section.", [s for s in known if "." not in s.name])]
    for section, meaning in sections().items():
        parts.append(_table(f"[{section}]", meaning, [s for s in known if s.name.startswith(f"{section}.")]))
    lists = (("detector.rules", Rule), ("masking.rules", MaskingRule), ("forward.destinations", Destination))
    for name, model in lists:
        entries = list(settings_list(model, f"{name}."))
        what = model.__name__.removeprefix("Masking").lower()
        meaning = f"One entry for each {what}; in the file, or all as JSON in the list's variable."
        parts.append(_table(f"[[{name}]]", meaning, entries, variables=False))
    return "\n".join(parts)


def _table(title: str, meaning: str, settings: list[Setting], *, variables: bool = True) -> str:
    columns = ["setting", "type", "default", "meaning", *(["variable"] if variables else [])]
    lines = [f"## {title}", "", meaning, "", _row(columns), _row(["---"] * len(columns))]
    for setting in settings:
        name = setting.name.rsplit(".", 1)[-1]
        cells = [f"`{name}`", setting.type, _default(setting.default), setting.description]
        lines.append(_row([*cells, *([f"`{setting.variable}`"] if variables else [])]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


def _default(value: Any) -> str:
    if value is None or "PydanticUndefined" in str(type(value)):
        return ""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        # Rules: too long for a cell.
        return ", ".join(f"`{one['name']}`" for one in value)
    return f"`{json.dumps(str(value) if isinstance(value, Path) else value)}`"


if __name__ == "__main__":
    sys.stdout.write(page())
