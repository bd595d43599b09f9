"""The view of secrets: which service leaks which kind of key."""

from pathlib import Path

from nilometer.streams.mask import kinds
from nilometer.warehouse.writer import Writer
from tests.support.lake import lake_settings, rows, span

VIEW = Path("warehouse/src/nilometer/warehouse/views/12_secrets.sql")


def test_a_row_for_each_event_and_kind(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        writer.write(
            [span(0, masked={"API_KEY": 2, "PERSON": 1, "JWT": 1}), span(1, masked={"PERSON": 1}), span(2, masked={})]
        )
    found = rows(settings, "SELECT event, service, secret_kind, secrets FROM secrets ORDER BY secret_kind")
    assert [tuple(row.values()) for row in found] == [("span", "support", "API_KEY", 2), ("span", "support", "JWT", 1)]


def test_the_view_knows_every_kind_of_secret() -> None:
    text = (Path(__file__).parents[2] / VIEW).read_text()
    assert [kind for kind in kinds.SECRETS if f"'{kind}'" not in text] == []
