"""A policy that would let something through unnoticed is refused, unless the settings say that it is meant."""

from typing import Any

import pytest

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import check, kinds

CARD = "4111 1111 1111 1111"


def said(**settings: Any) -> dict[str, str]:
    """What must be accepted, and where the settings say it."""
    return {found.accept: found.where for found in check.problems(MaskingSettings(**settings), "test")}


def rules(*them: dict[str, Any]) -> dict[str, Any]:
    return {"rules": list(them)}


def test_the_default_policy_passes() -> None:
    assert said() == {}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (
            {"entities": ["PERSON", "CREDIT_CARD", "US_SSN", "UK_NHS", "API_KEY"]},
            {"contact": "masking.entities"},
        ),
        (rules({"action": "keep", "kinds": ["secrets"]}), {"secrets": "masking.rules[0]"}),
        (
            rules({"action": "keep", "kinds": ["PERSON", "LOCATION"], "field": "comment"}),
            {"names@field=comment": "masking.rules[0]"},
        ),
        (
            rules({"action": "keep", "kinds": ["names"], "field": "comment", "project": "shop"}),
            {"names@field=comment,project=shop": "masking.rules[0]"},
        ),
        (rules({"action": "keep", "kinds": ["LOCATION"]}), {}),
        (rules({"action": "keep", "kinds": ["names"], "environment": "other"}), {}),
        (rules({"action": "drop", "field": "tool_result"}), {}),
        ({"thresholds": {"PHONE_NUMBER": 0.99}}, {"threshold:PHONE_NUMBER": "masking.thresholds"}),
        ({"thresholds": {"PERSON": 0.9}}, {"threshold:PERSON": "masking.thresholds"}),
        ({"thresholds": {"PHONE_NUMBER": 0.7, "CREDIT_CARD": 1.0}}, {}),
        ({"allow": ["support@example.com", "Jordan"]}, {}),
        ({"accept": ["names"], **rules({"action": "keep", "kinds": ["names"]})}, {}),
    ],
)
def test_what_passes_unnoticed_is_named_with_its_place(settings: dict[str, Any], found: dict[str, str]) -> None:
    assert said(**settings) == found


def test_a_high_threshold_for_all_names_what_is_lost() -> None:
    found = said(score_threshold=0.95)
    assert set(found.values()) == {"masking.score_threshold"}
    assert {"threshold:PERSON", "threshold:LOCATION"} <= found.keys()
    assert "threshold:CREDIT_CARD" not in found


@pytest.mark.parametrize("entry", ["*@example.com", "user-.+", "^abc$", "", "x", CARD, "AKIA" + "IOSFODNN7EXAMPLF"])
def test_an_allowed_text_is_no_pattern_and_no_value(entry: str) -> None:
    problems = check.problems(MaskingSettings(allow=["fine", entry]), "test")
    assert [problem.where for problem in problems] == ["masking.allow[1]"]
    assert not entry or len(entry) < 2 or entry not in str(problems[0])
    assert said(allow=["fine", entry], accept=[problems[0].accept]) == {}


def test_the_worker_does_not_start_with_it() -> None:
    with pytest.raises(ConfigurationError, match=r'masking.rules\[0\].*add "names" to masking.accept'):
        check.refuse(MaskingSettings(**rules({"action": "keep", "kinds": ["names"]})), "test")


def test_projects_and_environments_that_nobody_knows() -> None:
    settings = MaskingSettings(**rules({"action": "hash", "project": "shpo"}, {"action": "hash", "project": "shop"}))
    assert [str(p) for p in check.unknown_projects(settings, ["shop"])] == [
        "masking.rules[0].project: no such project: 'shpo'; did you mean 'shop'?; "
        'if that is meant, add "project:shpo" to masking.accept'
    ]
    with pytest.raises(ConfigurationError, match=r"masking.rules\[0\].environment"):
        check.environments(MaskingSettings(**rules({"action": "hash", "environment": "Prod!"})))


def test_every_kind_that_is_masked_is_of_one_class() -> None:
    members = [kind for kinds_ in kinds.CLASSES.values() for kind in kinds_]
    assert sorted(members) == sorted(kinds.DEFAULT)
