"""Keys that say nothing are told without looking at values: the slow way must say nothing of them either."""

from hypothesis import given
from hypothesis import strategies as st

from nilometer.streams.mask import keys

WORDS = (
    *("name", "first", "display", "city", "town", "line", "1", "2", "value", "content", "answer", "user", "driver"),
    *("email", "phone", "id", "tax", "iban", "order", "origin", "status", "token", "next", "by", "address", "passport"),
)
VALUES = ("Maria Silva", "Berlin", "DE89370400440532013000", "949 265 623", 12_345_678, "green", None, ["1990-01-31"])


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.sampled_from(("_", ".", " ", "")),
    st.sampled_from(VALUES),
    st.dictionaries(
        st.sampled_from(("role", "field", "name", "email", "street")), st.sampled_from(("user", "iban", "x"))
    ),
    st.lists(st.sampled_from(("passengers", "address", "x")), max_size=2),
)
def test_a_key_that_says_nothing_says_nothing_whatever_stands_around(
    words: list[str], between: str, value: object, beside: dict[str, str], path: list[str]
) -> None:
    key = between.join(word.title() if between == "" else word for word in words)
    node = {**beside, key: value}
    assert keys.kind_in(key, path, node) == keys.kind_around(key, path, node)


def test_most_keys_of_programs_say_nothing_and_those_of_people_do() -> None:
    assert all(map(keys.says_nothing, ("status", "order", "price", "cabin", "flight_type", "temperature")))
    assert not any(map(keys.says_nothing, ("first_name", "email", "city", "line1", "value", "assignee", "cpf", "dob")))
