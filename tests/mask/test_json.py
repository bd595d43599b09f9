"""JSON in values and in strings: by key and by value, the same shape, every other byte as it was."""

import json

import pytest

from nilometer.streams.mask import Masker
from tests.mask.events import masked_span, masked_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"email": "a@b.example"}', '{"email": "<EMAIL_ADDRESS>"}'),
        ('{ "n" :1.50e3,\n\t"ssn":536904399 }', '{ "n" :1.50e3,\n\t"ssn":"<US_SSN>" }'),
        ('{"phone": 2125550187, "ok": true}', '{"phone": "<PHONE_NUMBER>", "ok": true}'),
        ('[{"card_number": 4111111111111111}]', '[{"card_number": "<CREDIT_CARD>"}]'),
        ('{"value": 4111111111111111, "at": 1716998400}', '{"value": "<CREDIT_CARD>", "at": 1716998400}'),
        ('{"password": "x", "input_tokens": 12}', '{"password": "<PASSWORD>", "input_tokens": 12}'),
        ('{"passengers": [{"name": "Bo"}], "name": "tool"}', '{"passengers": [{"name": "<PERSON>"}], "name": "tool"}'),
        ('{"emails": ["x", "y"]}', '{"emails": ["<EMAIL_ADDRESS>", "<EMAIL_ADDRESS>"]}'),
        ('{"firstName": "Mi\\u00e0"}', '{"firstName": "<PERSON>"}'),
        ('{"a": "\\u00e9 a@b.example"}', '{"a": "\\u00e9 <EMAIL_ADDRESS>"}'),
        ('{"a": "é a@b.example"}', '{"a": "é <EMAIL_ADDRESS>"}'),
        (
            '{"email": "a@b.example", "email": "c@d.example"}',
            '{"email": "<EMAIL_ADDRESS>", "email": "<EMAIL_ADDRESS>"}',
        ),
        ('{"gift_card_111111": 1, "gift_card_222222": 2}', '{"<PAYMENT_ID>": 1, "<PAYMENT_ID>#2": 2}'),
        ('{"address": {"city": "x1", "zip": "8010"}}', '{"address": {"city": "<LOCATION>", "zip": "<LOCATION>"}}'),
        ('{"city": "x1", "code": "GRZ"}', '{"city": "x1", "code": "GRZ"}'),
        ('result: {"dob": "1990-04-05"}, thanks', 'result: {"dob": "<DATE_OF_BIRTH>"}, thanks'),
        ('{"in": "{\\"dob\\": \\"1990-04-05\\"}"}', '{"in": "{\\"dob\\": \\"<DATE_OF_BIRTH>\\"}"}'),
        ('{"first_name": "", "last_name": null, "email": []}', '{"first_name": "", "last_name": null, "email": []}'),
        ('{"broken": "a@b.example"', '{"broken": "<EMAIL_ADDRESS>"'),
    ],
)
def test_json_in_a_text(masker: Masker, text: str, expected: str) -> None:
    assert masked_text(masker, text) == expected


def test_flight_data_stays_useful(masker: Masker) -> None:
    flight = {
        "flight_number": "HAT069",
        "origin": "JFK",
        "destination": "SEA",
        "scheduled_departure_time_est": "06:00:00",
        "date": "2024-05-20",
        "status": "available",
        "prices": {"basic_economy": 51, "economy": 121},
        "reservation_id": "NO6JO3",
        "created_at": "2024-05-03T14:10:22",
        "membership": "gold",
    }
    assert masked_span(masker, tool_result=flight).tool_result == flight
    assert masked_span(masker, tool_result=json.dumps(flight)).tool_result == json.dumps(flight)


def test_values_of_objects_keep_their_type(masker: Masker) -> None:
    value = {"a": 1, "b": 1.5, "c": None, "d": True, "e": ["x", {"f": "y"}], "g": 12345678901234567890}
    assert masked_span(masker, tool_arguments=value).tool_arguments == value


def test_a_list_of_numbers_in_a_text_is_json(masker: Masker) -> None:
    assert masked_span(masker, tool_result="[4111111111111111, 7]").tool_result == '["<CREDIT_CARD>", 7]'
    assert masked_text(masker, "as said in [1] and [2, 3]") == "as said in [1] and [2, 3]"
