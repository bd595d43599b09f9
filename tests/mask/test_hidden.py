"""Values in another dress, and cut in pieces: base64, escapes, data URLs, JSON in JSON, neighbouring texts, media."""

import base64
import html
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from nilometer.streams.mask import Masker, MaskFailure
from tests.mask.events import again, contents, masked_span, masked_text, said

MAIL = "mia.li3818@example.com"
CARD = "4111 1111 1111 1111"
SAID = f"Write to {MAIL}, my card is {CARD}."


def _wrapped(text: str) -> str:
    return base64.encodebytes(text.encode() * 3).decode()


DRESSES: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": _wrapped,
    "base64 of base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 of JSON": lambda text: base64.b64encode(json.dumps({"x": text, "first_name": "Daiki"}).encode()).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hexadecimal digits": lambda text: text.encode().hex(),
    "data URL": lambda text: f"data:text/plain;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}",
    "data URL in percents": lambda text: f"data:text/plain,{urllib.parse.quote(text)}",
    "percents": lambda text: urllib.parse.quote(text, safe=""),
    "percents of percents": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe="")),
    "a query": lambda text: f"https://example.com/?q={urllib.parse.quote_plus(text)}&page=2",
    "a form": lambda text: urllib.parse.urlencode({"note": text, "page": "2"}),
    "HTML": lambda text: html.escape(text).replace("@", "&#64;").replace(" ", "&nbsp;"),
    "HTML in hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "JSON escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "escapes of escapes": lambda text: "".join(f"\\\\u{ord(c):04x}" for c in text),
    "JSON in JSON": lambda text: json.dumps([json.dumps({"x": json.dumps([text])})]),
    "JSON cut off": lambda text: json.dumps({"a": json.dumps({"x": f"\n{text}\n"})})[:-3],
    "full-width signs": lambda text: "".join(chr(ord(c) + 0xFEE0) if c.isalnum() or c in "@." else c for c in text),
    "invisible signs": lambda text: "\u200b".join(text),
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("around", ["{}", "see {} there"])
def test_what_is_dressed_is_masked(masker: Masker, dress: str, around: str) -> None:
    dressed = around.format(DRESSES[dress](SAID))
    masked = masked_span(masker, error_message=dressed, attributes={"x": [{"y": dressed}]}, feature=dressed[:400])
    for text in map(str, (masked.error_message, masked.attributes["x"][0]["y"], masked.feature)):
        for hidden in (SAID, MAIL, CARD):
            shown = DRESSES[dress](hidden)
            assert hidden not in text
            assert shown not in text
        assert "<" in text
    assert contents(masker.mask([again(masked)])) == contents([masked])


@pytest.mark.parametrize("length", range(8, 20))
def test_short_base64_is_read(masker: Masker, length: int) -> None:
    mail = f"{'m' * (length - 8)}a@bcd.ef"
    for shift in ("", "x ", "xy "):
        text = base64.b64encode(f"{shift}{mail}".encode()).decode()
        assert masked_text(masker, f"id {text} ok") == "id <EMAIL_ADDRESS> ok"


@pytest.mark.parametrize(
    "text",
    [
        "internationalisation of getUserDetailsByIdentifier and /usr/local/share/applications/",
        "d41d8cd98f00b204e9800998ecf8427e 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "chatcmpl-9XyZ1234567890abcdefABCDEF call_HGn16KZh9oNCruxsMJ4gYXan 0af7651916cd43dd8448eb211c80319c",
        base64.b64encode(b"nothing of interest in here, really").decode(),
        "100% sure; 50%25 of A&amp;B, x\\ny, C:\\new\\table and a+b=c, 1+1",
        "a\u200bb \uff21\uff22\uff23 &copy; &notanentity; %zz %4",
        "https://example.com/search?q=blue+shoes&size=9%20us",
        "👩\u200d👩\u200d👧 family; \u202bשלום\u202c",
    ],
)
def test_what_only_looks_dressed_stays_byte_for_byte(masker: Masker, text: str) -> None:
    assert masked_text(masker, text) == text


def parts(*texts: str) -> list[dict[str, Any]]:
    return [{"role": "user", "parts": [{"type": "text", "content": text} for text in texts]}]


@pytest.mark.parametrize("at", range(2, len(MAIL) - 1))
def test_a_value_that_is_cut_over_parts_messages_or_chunks_is_masked(masker: Masker, at: int) -> None:
    whole = f"Please write to {MAIL} soon."
    cut = whole.index(MAIL) + at
    left, right = whole[:cut], whole[cut:]
    masked = masked_span(
        masker,
        input_messages=parts(left, right),
        output_messages=[*said(left, "assistant"), *said(right, "assistant")],
        attributes={
            "pieces": [left, right],
            "llm.chunk.0.text": left,
            "llm.chunk.1.text": right,
            "deltas": [{"choices": [{"delta": {"content": text}}]} for text in (left, right)],
        },
        tool_result=json.dumps({"stream": [{"text": left}, {"text": right}]}),
    )
    assert "mia.li" not in str(masked)
    assert MAIL[at:] + " soon" not in str(masked)
    assert masked.masked["EMAIL_ADDRESS"] == 6
    assert contents(masker.mask([again(masked)])) == contents([masked])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11])
def test_a_stream_of_small_chunks_reads_as_one_text(masker: Masker, size: int) -> None:
    text = f"Hello, my name is Noor Haddad, card {CARD}, born on April 5, 1990."
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    masked = masked_span(masker, attributes={"chunks": chunks, "deltas": [{"delta": {"content": c}} for c in chunks]})
    wanted = "Hello, my name is <PERSON>, card <CREDIT_CARD>, born on <DATE_OF_BIRTH>."
    assert "".join(masked.attributes["chunks"]) == wanted
    assert "".join(one["delta"]["content"] for one in masked.attributes["deltas"]) == wanted
    assert len(masked.attributes["chunks"]) == len(chunks)


@pytest.mark.parametrize("size", [6, 8, 9, 12, 16, 24])
def test_a_piece_of_a_stream_that_reads_as_base64_by_accident_is_still_a_piece(masker: Masker, size: int) -> None:
    text = "Send the bitcoin to 128LkRoSbMhtEpD4HrZJRV4xUnJ6HHwikn please."
    encoded = base64.b64encode(f"Dear all, {text} With kind regards".encode()).decode()
    pieces, wrapped = ([t[at : at + size] for at in range(0, len(t), size)] for t in (text, encoded))
    masked = masked_span(
        masker,
        attributes={"chunks": pieces, "wrapped": wrapped},
        tool_result=json.dumps({"around": ["see ", *wrapped, " there"]}),
    )
    assert "".join(masked.attributes["chunks"]) == "Send the bitcoin to <CRYPTO> please."
    assert "".join(masked.attributes["wrapped"]) == "<CRYPTO>"
    assert encoded[40:80] not in "".join(json.loads(str(masked.tool_result))["around"])


def test_what_is_cut_off_at_a_seam_was_the_label_of_what_is_behind_it(masker: Masker) -> None:
    """The end of one text and the label of the next read as one token."""
    texts = "Authorization: Bearer Zq7Lw2Xn9Rk4Tb8Vh3Jc6Fd1", "api_key: HwVBjXM1HctCc4CLe4iIlZRi9zRpJyM8psPOVIo2"
    masked = masked_span(masker, input_messages=[*said(texts[0], "system"), *said(texts[1], "system")])
    assert "HwVBjX" not in str(masked.input_messages)
    masked = masked_span(masker, input_messages=parts(*texts, "and no more"))
    assert "HwVBjX" not in str(masked.input_messages)
    assert "no more" in str(masked.input_messages)


@pytest.mark.parametrize(
    "value",
    [
        "3c:22:fb:9c:7c:ec",
        "2001:db8:1aaa:2bbb:3ccc:4ddd:5eee:6fff",
        "postgresql://app:Rk4Tb8Vh3Jc6@db.example.com/shop",
    ],
)
def test_a_value_may_be_cut_before_any_of_its_signs(masker: Masker, value: str) -> None:
    for at in range(2, len(value) - 1):
        masked = masked_span(masker, input_messages=parts(f"It is {value[:at]}", f"{value[at:]} today."))
        shown = "".join(part["content"] for part in (masked.input_messages or [{}])[0]["parts"])
        assert value not in shown, at


@pytest.mark.parametrize("key", ["gen_ai.prompt.0.{}", "a.{}.b", "langfuse.trace.metadata.{}"])
@pytest.mark.parametrize("value", ["4539578763621486", "4539 5787 6362 1486", "4539-5787-6362-1486"])
def test_a_card_number_in_a_dotted_key_is_masked_as_it_is_alone(masker: Masker, key: str, value: str) -> None:
    masked = masked_span(masker, attributes={key.format(value): 1, "a.1234567890.b": 2})
    assert masked.attributes == {key.format("<CREDIT_CARD>"): 1, "a.1234567890.b": 2}


@pytest.mark.parametrize("number", ["+91 9897597907", "(212) 309-1311"])
def test_a_telephone_number_in_a_dotted_key_is_masked_as_it_is_alone(masker: Masker, number: str) -> None:
    masked = masked_span(masker, attributes={f"gen_ai.prompt.0.{number}": "x"})
    assert list(masked.attributes) == ["gen_ai.prompt.0.<PHONE_NUMBER>"]


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("Her tax file number: 949 265 623My card is lost.", "Her tax file number: <AU_TFN>My card is lost."),
        ("Call (212) 309-1311Thanks", "Call <PHONE_NUMBER>Thanks"),
        ("IBAN DE89370400440532013000Please check", "IBAN <IBAN_CODE>Please check"),
        ("It is build 2024Release, see ticket 1234Report", "It is build 2024Release, see ticket 1234Report"),
    ],
)
def test_a_value_that_the_next_sentence_follows_without_a_space(masker: Masker, said: str, masked: str) -> None:
    """As joined streams and careless models write."""
    assert masked_span(masker, attributes={"said": said}).attributes == {"said": masked}


@pytest.mark.parametrize("name", ["siegrid_eigenwillig_3251", "mia_li_3251"])
@pytest.mark.parametrize("before", ["langfuse.trace.metadata.", "gen_ai.prompt.0.", "zz.by_user."])
def test_a_user_name_in_a_dotted_key_is_masked_as_it_is_alone(masker: Masker, before: str, name: str) -> None:
    masked = masked_span(masker, attributes={before + name: "x", f"{before}{name}.count": 1, name: 2})
    assert list(masked.attributes) == [f"{before}<USERNAME>", f"{before}<USERNAME>.count", "<USERNAME>"]
    things = {"gen_ai.prompt.0.tool_call_12": 1, "http.request_size_100": 2, "llm.top_k_40": 3, "app.retry_10": 4}
    assert masked_span(masker, attributes=things).attributes == things


def test_neighbours_that_are_no_pieces_of_a_text_stay(masker: Masker) -> None:
    attributes = {
        "dates": ["2024-05-21", "2024-05-22", "2024-05-23"],
        "flights": [{"date": "2024-05-21", "price": 118}, {"date": "2024-05-22", "price": 97}],
        "ids": ["8123456", "1234567", "41111111", "11111111"],
        "tags": ["red", "green", "blue"],
        "codes": ["JFK", "SEA"],
        "said": ["It is 4111.", "1111 of them came."],
        "content": ["She wrote to me", "and to him"],
    }
    assert masked_span(masker, attributes=attributes).attributes == attributes


@pytest.mark.parametrize(
    "part",
    [
        {"type": "blob", "modality": "image", "content": "aGVsbG8="},
        {"type": "blob", "mime_type": "audio/wav", "data": "aGVsbG8="},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}},
        {"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "wav"}},
        {"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}},
        {"type": "image_generation", "b64_json": "aGVsbG8=", "mime_type": "image/png"},
    ],
)
def test_images_and_audio_never_pass_however_short(masker: Masker, part: dict[str, Any]) -> None:
    masked = masked_span(
        masker, input_messages=[{"role": "user", "parts": [part]}], tool_result=json.dumps({"got": [part]})
    )
    assert "aGVsbG8" not in str(masked)
    assert masked.masked == {"BLOB": 2}


def test_a_binary_content_in_the_middle_of_a_text_does_not_pass(masker: Masker) -> None:
    picture = base64.b64encode(bytes(range(256)) * 2).decode()
    assert masked_text(masker, f"here: {picture} !") == f"here: <BLOB: {len(picture) * 3 // 4} bytes> !"


def test_names_and_ids_that_read_like_a_sentence_are_looked_at_as_one(masker: Masker) -> None:
    sentence = "Hello, my name is Noor Haddad, call me at +49 30 52015929"
    fields = ("name", "feature", "agent_name", "tool_name", "service", "error_type", "request_model", "scope")
    masked = masked_span(masker, **dict.fromkeys(fields, sentence))
    for field in fields:
        assert getattr(masked, field) == "Hello, my name is <PERSON>, call me at <PHONE_NUMBER>"


@pytest.mark.parametrize(
    "name",
    [
        *("invoke_agent Customer Support Agent", "Crew Created", "Lookup Order", "Handoff: Triage Agent to Refunds"),
        *("chat claude-3-5-sonnet-20241022", "execute_tool get_weather_2", "Paris Trip Planner", "GET /v1/users/42"),
        *("gpt-4o-2024-08-06", "anthropic.claude-3-haiku-20240307-v1:0", "Hello World", "gen-1738976661-AKAc6AjmaE"),
    ],
)
def test_names_of_things_stay(masker: Masker, name: str) -> None:
    assert masked_span(masker, name=name, agent_name=name, attributes={name: 1}).name == name


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"see {base64.b64encode(SAID.encode()).decode()} there", [(4, 92)]),
        ("write to mia.li3818%40example.com now", [(9, 33)]),
        (json.dumps({"chunks": ["Please write ", "to mia.li3818@exam", "ple.com ", "now"]}), [(33, 59)]),
        (json.dumps([{"text": "Please write to mia.li3818@exam"}, {"text": "ple.com now"}]), [(27, 63)]),
    ],
)
def test_findings_are_places_of_the_input(masker: Masker, text: str, places: list[tuple[int, int]]) -> None:
    (result,) = masker.mask_texts([text])
    assert not isinstance(result, MaskFailure)
    assert MAIL not in result.text
    assert [(finding.start, finding.end) for finding in result.findings] == places


def test_base64_is_masked_though_other_texts_of_its_event_are_still_to_be_asked_about(masker: Masker) -> None:
    encoded = base64.b64encode(b"phone: +44 20 7245 8264").decode()
    masked_text(masker, encoded)
    masked = masked_span(
        masker,
        attributes={
            "new": "Nobody has asked about Mister Ottokar Vexler yet",
            "data": encoded,
            "wrapped": f"see {encoded}",
        },
        tool_arguments={"n": "nor about Mistress Ulrika Vexler", "data": f"see {encoded} there"},
    )
    assert encoded not in str(masked)
