"""The report: right figures, unknown never zero, nothing that the traffic says can become part of the page."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from nilometer.schemas.settings import Settings
from nilometer.schemas.span import Usage
from nilometer.warehouse import reports
from nilometer.warehouse.reports import text
from tests.support.traffic import START, alerts, dead_letters, priced, traffic, write

NOW = START + timedelta(hours=50)
EVIL = "<script>alert(1)</script>\"'&"
SECTIONS = ["cost", "users", "latency", "errors", "quality", "tools", "masked", "alerts", "dead", "data"]


@dataclass
class Page(HTMLParser):
    """A page's elements, attributes, and text by section."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list[tuple[str, dict[str, str | None]]])
    sections: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        super().__init__()
        self.at = "head"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "h2":
            self.at = dict(attrs)["id"] or ""
        if tag == "footer":
            self.at = "footer"

    def handle_data(self, data: str) -> None:
        self.sections[self.at] = re.sub(r"\s+", " ", self.sections.get(self.at, "") + " " + data)


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def page_of(settings: Settings, **more: Any) -> str:
    report = reports.run(settings, now=NOW, **more)
    assert report.latest.read_bytes() == report.path.read_bytes()
    assert report.path.parent == settings.home / "reports" / "dev"
    return report.path.read_text(encoding="utf-8")


CALL: dict[str, Any] = {"provider": "openai", "request_model": "gpt-4o", "feature": "support", "user_id": "u_1"}


def test_figures_of_a_small_world(settings: Settings) -> None:
    priced_call = CALL | {"cost": Decimal("0.5"), "currency": "USD", "price_version": "v1"}
    write(
        settings,
        [
            priced(1, 0, session_id="s"),
            priced(1, 1, usage=Usage(input_tokens=100, output_tokens=10, cache_read_tokens=25), **priced_call),
            priced(1, 2, usage=Usage(input_tokens=100, output_tokens=10), **priced_call),
            priced(1, 3, unpriced_reason="unknown_model", ended_at=None, **CALL),
            priced(1, 4, unpriced_reason="no_usage", status="error", error_type="Timeout", **CALL),
            priced(1, 5, masked={"PERSON": 2, "EMAIL_ADDRESS": 1}, operation="execute_tool", tool_name="lookup"),
        ],
        alerts=alerts(),
        dead_letters=dead_letters(),
    )
    page = parsed(page_of(settings))
    head = page.sections["head"]
    for said in ("USD 1.00", "and 2 calls of unknown cost", "25.0 %", "1 failed call", "1 s", "200 · 20"):
        assert said in head, said
    assert "12.5 % of input cached" in head
    assert "unknown for 2 calls" in head
    assert "USD 1.00 + 2 unpriced" in page.sections["cost"]
    assert "unknown_model 1" in page.sections["cost"]
    assert "Timeout gpt-4o openai 1 100 %" in page.sections["errors"]
    assert "lookup 1 0 %" in page.sections["tools"]
    assert "PERSON 2" in page.sections["masked"]
    assert "slow critical firing" in page.sections["alerts"]
    assert "errors critical resolved" in page.sections["alerts"]
    assert "decode malformed 1" in page.sections["dead"]
    assert "Nothing has been scored" in page.sections["quality"]
    assert "Not checked yet" in page.sections["data"]


def test_unknown_is_never_zero(settings: Settings) -> None:
    write(settings, [priced(1, 1, ended_at=None, unpriced_reason="unknown_model", **CALL)])
    page = parsed(page_of(settings))
    head = page.sections["head"]
    assert "Cost unknown and 1 call of unknown cost" in head
    assert "unknown · unknown unknown for 1 call" in head
    assert "USD" not in "".join(page.sections.values())
    assert "support gpt-4o 1 unknown 1 0 % unknown unknown" in page.sections["cost"]
    assert "unknown unknown unknown 1 0" in page.sections["latency"]


def test_currencies_are_not_added_up(settings: Settings) -> None:
    dollars = CALL | {"cost": Decimal(2), "currency": "USD", "price_version": "v1"}
    euros = CALL | {"cost": Decimal(3), "currency": "EUR", "price_version": "v1"}
    write(settings, [priced(1, 1, **dollars), priced(1, 2, **dollars), priced(1, 3, **euros)])
    page = parsed(page_of(settings))
    assert "USD 4.00 EUR 3.00" in page.sections["head"]
    assert "7.00" not in "".join(page.sections.values())


def test_an_empty_warehouse_has_a_report(settings: Settings) -> None:
    page = parsed(page_of(settings))
    assert "No calls in this period." in page.sections["head"]
    assert list(page.sections)[1:-1] == SECTIONS


def test_a_period_takes_its_calls_only(settings: Settings) -> None:
    write(settings, [priced(n, 1, started_at=START + timedelta(hours=n), **CALL) for n in range(4)])
    report = reports.run(settings, since=START + timedelta(hours=1), until=START + timedelta(hours=3), now=NOW)
    assert (report.calls, report.traces) == (2, 2)


def test_names_from_the_traffic_stay_text(settings: Settings) -> None:
    evil = dict.fromkeys(("feature", "user_id", "request_model", "provider", "error_type", "session_id"), EVIL)
    write(
        settings,
        [
            priced(1, 1, status="error", unpriced_reason=EVIL, masked={EVIL: 1}, **evil),
            priced(1, 2, operation="execute_tool", tool_name=EVIL),
        ],
        alerts=alerts(),
    )
    html = page_of(settings)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    page = parsed(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]


def test_it_needs_nothing_else(settings: Settings) -> None:
    write(settings, traffic(traces=40))
    html = page_of(settings)
    page = parsed(html)
    policy = next(
        a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    links = [v for _, a in page.tags for k, v in a.items() if k in ("src", "href", "srcset", "action", "data")]
    assert {link for link in links if link and not link.startswith("#")} == {"data:,"}
    assert "url(" not in html
    assert "@import" not in html
    assert len(html) < 200_000


def test_charts_are_well_formed_and_inside_their_box(settings: Settings) -> None:
    write(settings, traffic(traces=60))
    html = page_of(settings)
    figures = re.findall(r'<svg viewBox="0 0 720 210".*?</svg>', html, re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        for rect in ET.fromstring(figure).iter("rect"):  # noqa: S314  our own page
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            assert 0 <= x <= x + width <= 720
            assert 0 <= y <= y + height <= 210


def test_the_same_rows_give_the_same_page_in_the_same_order(settings: Settings, tmp_path: Any) -> None:
    rows = traffic(traces=50)
    write(settings, rows, alerts=alerts(), dead_letters=dead_letters())
    other = settings.model_copy(update={"home": tmp_path / "other"})
    write(other, rows[::-1], alerts=alerts()[::-1], dead_letters=dead_letters()[::-1])
    first, second = page_of(settings), page_of(other)
    assert first == second == page_of(settings)
    assert list(parsed(first).sections)[1:-1] == SECTIONS
    heads = [a["id"] for t, a in parsed(first).tags if t == "h2"]
    assert heads == SECTIONS


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (text.money(Decimal("1234.5"), "USD"), "USD 1,234.50"),
        (text.money(Decimal("0.00123456"), "USD"), "USD 0.00123"),
        (text.money(Decimal(0), "EUR"), "EUR 0.00"),
        (text.money(None, "USD"), "unknown"),
        (text.milliseconds(830.4), "830 ms"),
        (text.milliseconds(2_410), "2.41 s"),
        (text.milliseconds(200_000), "3 min 20 s"),
        (text.milliseconds(None), "unknown"),
        (text.percent(1, 3), "33.3 %"),
        (text.percent(0, 3), "0 %"),
        (text.percent(1, 100_000), "< 0.1 %"),
        (text.percent(0, 0), "unknown"),
        (text.short(12_345_678), "12.3 M"),
        (text.short(999), "999"),
        (text.short(0), "0"),
        (text.short(None), "unknown"),
        (text.count(None), "unknown"),
        (text.name(None), "(none)"),
    ],
)
def test_figures_as_people_read_them(said: str, expected: str) -> None:
    assert said == expected
