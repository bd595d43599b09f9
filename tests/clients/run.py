"""Runs a client as a user would: an environment of its own, the recipe's lines, then the scenario's calls."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.clients.recipes import recipes
from tests.clients.table import NEWEST, PINS, Client

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "clients"
SCENARIOS = Path(__file__).with_name("scenarios")
INSTALL_SECONDS = 600
RUN_SECONDS = 180


class ClientError(Exception):
    """A client could not be installed, or its script failed: the message has what it said."""


def requirements(client: Client) -> list[str]:
    """What the recipe says, in the versions of the table."""
    named = {_name(given): given for given in recipes()[client.recipe].install}
    left_out = {given[1:] for given in client.versions if given.startswith("-")}
    pinned = {
        name: f"{given}=={PINS[name]}" if name in PINS else given
        for name, given in named.items()
        if name not in left_out
    }
    return sorted((pinned | {_name(given): given for given in client.versions if given[0] != "-"}).values())


def _name(requirement: str) -> str:
    return re.split(r"[^\w.@/-]|(?<=.)@", requirement)[0]


def environment(client: Client) -> Path:
    """The interpreter of an environment with a client's packages, made once. Raises ClientError."""
    pins = requirements(client)
    return _node(pins) if recipes()[client.recipe].language == "js" else _python(pins, client.python)


def _node(pins: Sequence[str]) -> Path:
    node = shutil.which("node")
    if node is None:
        raise ClientError("there is no node")
    key = hashlib.sha256("\n".join((NEWEST, *pins)).encode()).hexdigest()[:16]
    folder = BUILD / "node" / key
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        install = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), "--before", NEWEST]
        _run([*install, *pins], {}, INSTALL_SECONDS)
        (folder / "ready").write_text("\n".join(pins))
    link = BUILD / "scripts" / "node_modules"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(folder / "node_modules")
    return Path(node)


def _python(pins: Sequence[str], python: str) -> Path:
    key = hashlib.sha256("\n".join(("1", NEWEST, python, *sorted(pins))).encode()).hexdigest()[:16]
    folder = BUILD / "envs" / key
    interpreter = folder / "bin" / "python"
    if (folder / "ready").exists():
        return interpreter
    shutil.rmtree(folder, ignore_errors=True)
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    _run([uv, "venv", "--quiet", "--python", python, str(folder)], {}, INSTALL_SECONDS)
    install = [uv, "pip", "install", "--quiet", "--python", str(interpreter), "--exclude-newer", NEWEST]
    _run([*install, "--prerelease", "if-necessary-or-explicit", *pins], {}, INSTALL_SECONDS)
    (folder / "ready").write_text("\n".join(pins))
    return interpreter


def script(client: Client) -> Path:
    """The recipe, the scenario, and the end of every program: what is still in memory goes out."""
    recipe = recipes()[client.recipe]
    kind = {"python": "py", "js": "mjs"}[recipe.language]
    file = BUILD / "scripts" / f"{client.name}.{kind}"
    file.parent.mkdir(parents=True, exist_ok=True)
    calls, end = (
        "\n".join((SCENARIOS / f"{name}.{kind}").read_text(encoding="utf-8") for name in names)
        for names in (client.scenarios, ("_end",))
    )
    file.write_text(f"{recipe.around(client.also + calls)}\n{end}", encoding="utf-8")
    return file


def run(client: Client, models: str, otlp: str) -> str:
    """Runs it against a model server and an OTLP endpoint; what it printed. Raises ClientError."""
    interpreter = environment(client)
    home = BUILD / "home"
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        "PATH": f"{interpreter.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "MODELS": models,
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp,
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_RESOURCE_ATTRIBUTES": "nilometer.project=checkout",
        "OTEL_METRICS_EXPORTER": "none",
        "OPENAI_BASE_URL": f"{models}/v1",
        "OPENAI_API_BASE": f"{models}/v1",
        "OPENAI_API_KEY": "sk-made-up",
        "ANTHROPIC_BASE_URL": models,
        "ANTHROPIC_API_KEY": "made-up",
        "DO_NOT_TRACK": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONWARNINGS": "ignore",
        **{name: value.format(models=models, otlp=otlp) for name, value in client.variables.items()},
    }
    return _run([str(interpreter), str(script(client))], variables, RUN_SECONDS)


def _run(arguments: Sequence[str], variables: dict[str, str], seconds: float) -> str:
    try:
        done = subprocess.run(
            arguments,
            env=variables or None,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            cwd=BUILD if BUILD.exists() else None,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else str(error.stderr)
        raise ClientError(f"{arguments[:3]}: not done after {seconds} s\n{said[-3000:]}") from None
    if done.returncode:
        raise ClientError(f"{arguments[:3]}: {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-4000:]}")
    return done.stdout + done.stderr
