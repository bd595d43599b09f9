"""The report in a real browser: nothing is asked of the network, nothing is refused, nothing sticks out."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nilometer.evaluation import runs
from nilometer.schemas.settings import Settings
from nilometer.warehouse import quality, reports
from tests.support.traffic import START, alerts, dead_letters, priced, traffic, write

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
NOW = START + timedelta(hours=50)

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="no Chromium: apt-get install chromium")]


def chromium(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            *quiet,
            "--disable-component-update",
            f"--user-data-dir={directory / 'profile'}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("report"))
    long_name = "a-feature-with-a-very-long-name-that-has-no-place-to-break-" * 4
    write(
        settings,
        [*traffic(traces=60), priced(900, 1, feature=long_name, request_model=long_name, user_id=long_name)],
        alerts=alerts(),
        dead_letters=dead_letters(),
    )
    runs.run(settings)
    quality.run(settings, now=NOW)
    return reports.run(settings, now=NOW).latest.absolute()


def test_the_page_asks_nobody_for_anything(page: Path, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    done = chromium(tmp_path, f"--log-net-log={log}", "--enable-logging=stderr", "--v=0", "--dump-dom", page.as_uri())
    assert "Cost and quality" in done.stdout
    assert "Content Security Policy" not in done.stderr
    events: list[dict[str, Any]] = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = {str(event.get("params", {}).get("url", "")) for event in events if "params" in event}
    # The browser's own calls home are not the page's.
    initiated = {e["params"].get("initiator", "") for e in events if "initiator" in e.get("params", {})}
    assert not [url for url in asked if page.name in url and not url.startswith("file:")]
    assert not [origin for origin in initiated if str(origin).startswith("file:")]


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_nothing_sticks_out(page: Path, tmp_path: Path, width: int) -> None:
    """The page has no script and allows none, so a frame measures it."""
    frame = tmp_path / "frame.html"
    frame.write_text(
        f"""<!doctype html><meta charset=utf-8><body style="margin:0">
        <iframe id=f src="{page.as_uri()}" style="width:{width}px;height:900px;border:0"></iframe>
        <script>f.onload = () => {{ const e = f.contentDocument.documentElement;
        document.title = `${{e.scrollWidth}}/${{e.clientWidth}}`; }}</script>""",
        encoding="utf-8",
    )
    done = chromium(
        tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()
    )
    measured = done.stdout.split("<title>")[1].split("</title>")[0]
    scroll, client = map(int, measured.split("/"))
    assert client > 0
    assert scroll <= client
