"""Where in a text the findings are: the contract of `nilometer mask`, through the door that it uses."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from nilometer.streams.mask import MaskedText, Masker, MaskFailure
from tests.mask.events import make_masker
from tests.mask.test_properties import json_values, mixed_texts

MAIL = "mia.li3818@example.com"
CARD = "4" + "1" * 15
PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 9


def found(masker: Masker, text: str, **where: Any) -> tuple[str, list[tuple[str, str, str]]]:
    """What comes out, and each finding: its kind, what the input has at its place, its recogniser."""
    result = masker.mask_texts([text], **where)[0]
    assert isinstance(result, MaskedText), result
    return result.text, [(f.kind, text[f.start : f.end], f.recognizer) for f in result.findings]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"write to {MAIL}, ssn 536-90-4399", [("EMAIL_ADDRESS", MAIL), ("US_SSN", "536-90-4399")]),
        (f"🎉 {MAIL}", [("EMAIL_ADDRESS", MAIL)]),
        (f'{{"email": "a@b.example", "n": [{CARD}]}}', [("EMAIL_ADDRESS", "a@b.example"), ("CREDIT_CARD", CARD)]),
        ('{"t": "\\u00e9 \\ud83c\\udf89 \\"a@b.example\\" x"}', [("EMAIL_ADDRESS", "a@b.example")]),
        ('{"first_name": "Mi\\u00e0"}', [("PERSON", "Mi\\u00e0")]),
        ('{"in": "{\\"dob\\": \\"1990-04-05\\"}"}', [("DATE_OF_BIRTH", "1990-04-05")]),
        ('so {"a@b.example": {"email": "x"}} there', [("EMAIL_ADDRESS", "a@b.example"), ("EMAIL_ADDRESS", "x")]),
        ('{"first_name": "Daiki"} said daiki', [("PERSON", "Daiki"), ("PERSON", "daiki")]),
        (f"see {PICTURE} by {MAIL}", [("BLOB", PICTURE), ("EMAIL_ADDRESS", MAIL)]),
        ("<PERSON:0123456789abcdef> is " + MAIL, [("EMAIL_ADDRESS", MAIL)]),
        ("nothing here", []),
        ("", []),
    ],
)
def test_findings_are_places_of_the_input(masker: Masker, text: str, values: list[tuple[str, str]]) -> None:
    masked, findings = found(masker, text)
    assert [(kind, value) for kind, value, _ in findings] == values
    assert not any(value in masked for _, value, _ in findings if len(value) > 1)
    assert all(recognizer for _, _, recognizer in findings)


def test_a_field_and_a_project_choose_the_rules() -> None:
    rules = [
        {"action": "keep", "kinds": ["EMAIL_ADDRESS"], "project": "shop"},
        {"action": "drop", "field": "retrieval_documents"},
    ]
    masker = make_masker(rules=rules)
    assert found(masker, MAIL) == ("<EMAIL_ADDRESS>", [("EMAIL_ADDRESS", MAIL, "EmailRecognizer")])
    assert found(masker, MAIL, project="shop") == (MAIL, [])
    assert found(masker, "x y", field="retrieval_documents") == ("", [("DROPPED", "x y", "field")])
    assert found(masker, "u-1", field="user_id")[1] == [("USER_ID", "u-1", "field")]
    assert found(masker, "Maria Gonzalez", field="feature") == ("Maria Gonzalez", [])


def test_what_cannot_be_masked_takes_nothing_with_it() -> None:
    masker = make_masker(max_text_characters=1_000, on_failure="dead_letter")
    results = masker.mask_texts([MAIL, f"{MAIL} " * 60, "fine"])
    assert [type(result) for result in results] == [MaskedText, MaskFailure, MaskedText]
    assert MAIL not in repr(results[1])


few = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@few
@given(text=mixed_texts)
def test_the_findings_replaced_in_the_input_are_the_output(masker: Masker, text: str) -> None:
    result = masker.mask_texts([text])[0]
    assert isinstance(result, MaskedText)
    out, done = "", 0
    for finding in result.findings:
        assert done <= finding.start < finding.end <= len(text)
        out += text[done : finding.start] + f"<{finding.kind}>"
        done = finding.end
    assert out + text[done:] == result.text


@few
@given(value=json_values)
def test_findings_in_json_never_reach_beyond_their_string(masker: Masker, value: Any) -> None:
    text = json.dumps([value, {"email": "a@b.example", "née": "c@d.example"}])
    result = masker.mask_texts([text])[0]
    assert isinstance(result, MaskedText)
    assert all(0 <= f.start < f.end <= len(text) for f in result.findings)
    ends = [f.end for f in result.findings]
    assert ends == sorted(ends)
    assert [text[f.start : f.end] for f in result.findings][-2:] == ["a@b.example", "c@d.example"]
