"""The frame around the code: what the pages show exists, nothing lies where it does not belong."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from nilometer.console.cli.app import app

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?:console|bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MEMBERS = ("schemas", "producers", "streams", "warehouse", "evaluation", "console")
TOP = {
    *MEMBERS,
    *(".ci", "bench", "dags", "docs", "tests"),
    *(".dockerignore", ".gitignore", ".python-version"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile", "README.md"),
    *("docker-compose.yml", "pyproject.toml", "uv.lock"),
}
# In pieces, so that this file does not name them itself.
HOSTS = [
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "repo1.ma" + "ven.org",
    "repo.ma" + "ven.apache.org",
    "gh" + "cr.io",
    "qu" + "ay.io",
    "dock" + "er.io",
    "crates" + ".io",
    "proxy.go" + "lang.org",
    "deb.deb" + "ian.org",
]


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    command = ["git", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shown() -> list[tuple[str, str]]:
    """Page and command of each `nilometer` that a page shows in a fenced block."""
    found: list[tuple[str, str]] = []
    for page in pages():
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"\s(?:&&|\|\||\||;)\s", line.removeprefix("$ ")):
                    match = re.match(r"(?:[A-Z_]+=\S+ )*(?:uv run )?(nilometer(?: .*|$))", part.strip())
                    if match:
                        found.append((str(page.relative_to(ROOT)), match[1]))
    return found


def test_pages_show_commands() -> None:
    assert {"README.md"} <= {page for page, _ in shown()}


@pytest.mark.parametrize(("page", "line"), shown())
def test_what_a_page_shows_can_be_typed(page: str, line: str) -> None:
    node: Any = typer.main.get_command(app)
    known = options_of(node)
    words = shlex.split(line, comments=True)[1:]
    while words:
        word = words.pop(0)
        if word.startswith("-") and len(word) > 1:
            name, given, _ = word.partition("=")
            assert name in known, f"{page}: {line}: no option {name}"
            if not known[name].is_flag and not given:
                assert words, f"{page}: {line}: {name} needs a value"
                words.pop(0)
        elif hasattr(node, "commands"):
            assert word in node.commands, f"{page}: {line}: no command {word}"
            node = node.commands[word]
            known |= options_of(node)
        else:
            takes = [parameter for parameter in node.params if parameter.param_type_name == "argument"]
            assert takes, f"{page}: {line}: takes no argument"


def options_of(node: Any) -> dict[str, Any]:
    context = node.make_context("nilometer", [], resilient_parsing=True)
    options = [parameter for parameter in node.get_params(context) if parameter.param_type_name == "option"]
    return {name: option for option in options for name in (*option.opts, *option.secondary_opts)}


def test_links_between_pages_lead_somewhere() -> None:
    for page in pages():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"


def test_the_top_level_is_as_designed() -> None:
    assert {file.relative_to(ROOT).parts[0] for file in tracked()} <= TOP


def test_no_file_is_large() -> None:
    large = [file.name for file in tracked() if file.stat().st_size > 1024 * 1024]
    assert large == []


def test_no_package_registry_is_named_but_in_the_lock() -> None:
    for file in tracked():
        if file.name != "uv.lock" and not file.suffix.endswith("gz"):
            text = file.read_text(encoding="utf-8", errors="replace")
            assert not [host for host in HOSTS if host in text], str(file.relative_to(ROOT))


def test_nobody_owns_the_namespace_and_all_rooms_are_typed() -> None:
    for member in MEMBERS:
        source = ROOT / member / "src" / "nilometer"
        assert [entry.name for entry in source.iterdir() if entry.name != "__pycache__"] == [member]
        assert (source / member / "py.typed").exists()
        assert (source / member / "__init__.py").exists()


def test_members_agree_on_version_licence_and_python() -> None:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(root["tool"]["uv"]["workspace"]["members"]) == set(MEMBERS)
    for member in MEMBERS:
        project = tomllib.loads((ROOT / member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["name"] == f"nilometer-{member}"
        assert project["license"] == "Apache-2.0"
        assert project["version"] == root["project"]["version"]
        assert project["requires-python"] == root["project"]["requires-python"]


def test_modules_are_short() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in tracked()
        if file.suffix == ".py"
        and "/src/" in str(file)
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


def test_ci_runs_every_check_with_kafka() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "set -euo pipefail" in script
    for command in ("sync --locked", "ruff format --check", "ruff check", "pyright", "lint-imports", "pytest"):
        assert command in script
    assert "NILOMETER_REQUIRE_KAFKA=1" in script
