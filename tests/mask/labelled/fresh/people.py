"""Persons and where they live, from many countries, in the sentences and records that they come in."""

from random import Random

from tests.mask.labelled.fresh.ids import faked
from tests.mask.labelled.sample import Sample, Writer

LATIN = [
    "en_US",
    "en_GB",
    "de_DE",
    "fr_FR",
    "it_IT",
    "es_ES",
    "es_MX",
    "pt_BR",
    "nl_NL",
    "pl_PL",
    "sv_SE",
    "fi_FI",
    "da_DK",
    "no_NO",
    "cs_CZ",
    "en_IN",
    "en_AU",
    "en_CA",
    "en_IE",
    "tr_TR",
    "vi_VN",
    "id_ID",
    "ro_RO",
    "hu_HU",
    "hr_HR",
    "yo_NG",
    "zu_ZA",
    "en_PH",
]
OTHER = ["ja_JP", "zh_CN", "ko_KR", "ar_SA", "hi_IN", "ru_RU", "uk_UA", "el_GR", "he_IL"]
ADDRESSED = [
    "en_US",
    "en_US",
    "en_GB",
    "en_GB",
    "de_DE",
    "fr_FR",
    "it_IT",
    "es_ES",
    "es_MX",
    "pt_BR",
    "nl_NL",
    "nl_BE",
    "pl_PL",
    "sv_SE",
    "fi_FI",
    "da_DK",
    "no_NO",
    "cs_CZ",
    "en_IN",
    "en_AU",
    "en_CA",
    "en_IE",
    "de_AT",
    "de_CH",
    "fr_CH",
    "ja_JP",
    "zh_CN",
    "ko_KR",
    "vi_VN",
    "tr_TR",
    "id_ID",
]
CITIES = [
    "Lisbon",
    "Berlin",
    "Nairobi",
    "São Paulo",
    "Kyoto",
    "Melbourne",
    "Toronto",
    "Austin",
    "Leeds",
    "Lyon",
    "Kraków",
    "Bengaluru",
    "Cape Town",
    "Seville",
    "Gothenburg",
    "Antwerp",
    "Denver",
    "Busan",
    "Hanoi",
    "Ankara",
    "Porto Alegre",
    "Brno",
    "Galway",
    "Wellington",
    "Portugal",
    "Kenya",
    "Vietnam",
    "Norway",
    "Argentina",
]

_FULL = (
    "{0} called about the late delivery.",
    "hi this is {0}, I still have not got my parcel",
    "I spoke with {0} yesterday and they promised a refund.",
    "Please add {0} to the booking.",
    "Meeting notes: {0} and {1} agreed to move the launch.",
    "Did {0} sign the contract yet?",
    "Attendees: {0}, {1}, {2}",
    "{0}'s subscription ends on Friday.",
    "Forward this to {0} in accounting.",
    "The patient, {0}, complained of headaches.",
    "My name is {0} and I'd like to cancel.",
    "my name is {0} i forgot my pin",
    "Dear {0},",
    "Kind regards, {0}",
    "Ticket opened by {0} (premium).",
    "According to {0}, the meter was read twice.",
    "CEO {0} said sales grew by 4%.",
    "cc: {0}; bcc: {1}",
    "Assistant: Thank you, {0}. I have updated your reservation.",
    "User: book it for {0} please",
    "She married {0} in 2014.",
    "Emergency contact - {0} (brother)",
    "{0} has left the chat",
    "Reviewed-by: {0}",
    "Summary: customer {0} wants a refund; agent {1} approved it.",
    "The tenant is {0}.",
    "ping @ {0} about the invoice",
    "Passenger 1: {0}, passenger 2: {1}",
    "I'm {0}, the new account manager.",
    "Best,\n{0}\nHead of Sales",
    '{{"name": "{0}", "plan": "pro"}}',
    '{{"customer": {{"full_name": "{0}"}}, "status": "open"}}',
    '{{"role": "user", "content": "Hello, I am {0} and my order is late"}}',
    '{{"assignee":"{0}","reporter":"{1}","priority":2}}',
    '{{"passengers": ["{0}", "{1}"], "cabin": "economy"}}',
    '{{"author": {{"displayName": "{0}"}}}}',
    "2024-03-01 10:22:31,118 INFO crm: created contact name='{0}' id=5512",
    'level=info msg="login ok" user="{0}" took=12ms',
    "[2024-06-02T11:00:05Z] WARN billing - card declined for {0}",
    "May 12 10:02:11 host app[331]: notified {0} by mail",
    'customer_name = "{0}"',
    "const owner = '{0}'; // TODO",
    "INSERT INTO patients (name, ward) VALUES ('{0}', 'B2');",
    "# contact {0} before changing this",
    "<author>{0}</author>",
    "name: {0}",
    "| 17 | {0} | active |",
    "| Name | Plan |\n|---|---|\n| {0} | pro |\n| {1} | free |",
    "id,name,plan\n1,{0},pro\n2,{1},free",
    "3;{0};gold;2021",
)
_GIVEN = (
    "Thanks {0}, that worked!",
    "Hi {0}, how can I help you today?",
    "hey {0}, are you free at 3?",
    "{0} will bring the documents tomorrow.",
    "I gave the keys to {0} on Monday.",
    "My son {0} needs a seat next to me.",
    "Is {0} there?",
    '{{"first_name": "{0}"}}',
    "ok {0} let me check that for you",
)
_FAMILY = (
    "Mr. {0} is waiting in the lobby.",
    "Please tell Mrs {0} that the doctor is late.",
    "Dr. {0} prescribed ibuprofen.",
    "Good morning Ms. {0}, your car is ready.",
    "The {0} family checked out at noon.",
    '{{"last_name": "{0}", "vip": false}}',
)
_NATIVE = {
    "de_DE": (
        "Sehr geehrte Frau {1}, anbei die Rechnung.",
        "Ich heiße {0} und möchte kündigen.",
        "Herr {1} hat angerufen.",
    ),
    "fr_FR": ("Bonjour, je m'appelle {0}.", "Madame {1} souhaite un remboursement.", "Le contrat de {0} est prêt."),
    "es_ES": ("Me llamo {0} y quiero cancelar.", "La señora {1} llamó ayer.", "El pedido es de {0}."),
    "it_IT": ("Mi chiamo {0} e vorrei disdire.", "Il signor {1} ha chiamato.", "Il cliente {0} aspetta."),
    "pt_BR": ("Meu nome é {0}.", "O cliente {0} pediu reembolso."),
    "nl_NL": ("Ik ben {0} en ik wil opzeggen.", "Mevrouw {1} heeft gebeld."),
    "pl_PL": ("Nazywam się {0}.", "Pan {1} dzwonił wczoraj."),
    "ja_JP": ("私の名前は{0}です。", "{0}様、ご予約を承りました。"),
    "zh_CN": ("我叫{0},我想退款。", "客户{0}已付款。"),
    "ko_KR": ("제 이름은 {0}입니다.", "{0} 고객님이 환불을 요청했습니다."),
    "ru_RU": ("Меня зовут {0}.", "Клиент {0} просит вернуть деньги."),
    "hi_IN": ("मेरा नाम {0} है।",),
    "ar_SA": ("اسمي {0} وأريد إلغاء الطلب.",),
}
_ADDRESSES = (
    "Ship it to {0}, please.",
    "I live at {0}.",
    "Our new office: {0}",
    "my address is {0}",
    "Please change the delivery address to {0}",
    "The parcel was sent to {0} last week.",
    "Home address - {0} - verified",
    "Can you deliver to {0}?",
    '{{"address": "{0}"}}',
    '{{"shipping": {{"street": "{0}", "express": true}}}}',
    '{{"role":"user","content":"send it to {0} thanks"}}',
    'level=info event=geocode query="{0}" ms=31',
    "2024-02-11T08:11:01Z INFO dispatch: driver sent to {0}",
    "INSERT INTO addr VALUES (7, '{0}');",
    'ADDRESS = "{0}"',
    "| 4 | {0} | shipped |",
    "pickup at {0} tomorrow at 9",
    "The accident happened near {0}.",
)
_PLACES = (
    "I moved from {0} to {1} last year.",
    "She lives in {0}.",
    "Flights to {0} are cheap in May.",
    "He was born in {0} and works in {1}.",
    '{{"city": "{0}", "zoom": 4}}',
    "We met at a conference in {0}.",
    "Our customer is based in {0}.",
    "is there a store in {0}?",
    "city={0} status=ok",
    "The weather in {0} was awful.",
)


def _filled(template: str, values: list[str], kind: str, place: str) -> Sample:
    """`{0}` are values; `{{` is a brace."""
    writer = Writer(place)
    at = 0
    while at < len(template):
        if template.startswith(("{{", "}}"), at):
            writer.plain(template[at])
            at += 2
        elif template[at] == "{":
            writer.value(values[int(template[at + 1])], kind)
            at += 3
        else:
            writer.plain(template[at])
            at += 1
    return writer.done()


def _place_of(template: str) -> str:
    if template.startswith("{{"):
        return "json"
    if template.startswith("|") or ";{0};" in template or ",{0}," in template:
        return "table"
    if "=" in template or template.startswith(("INSERT", "<", "#")):
        return "code"
    return "log" if template.startswith(("20", "[20", "May", "level")) else "chat"


def persons(r: Random, count: int) -> list[Sample]:
    out: list[Sample] = []
    for number in range(count):
        if number % 5 == 4:
            template, values = _in_their_language(r)
        elif number % 9 == 3:
            f = faked(r, r.choice(LATIN))
            given = r.random() < 0.6
            template = r.choice(_GIVEN if given else _FAMILY)
            values = [f.first_name() if given else f.last_name()]
        else:
            template = _FULL[number % len(_FULL)]
            values = []
            for _ in range(3):
                f = faked(r, r.choice(LATIN if r.random() < 0.93 else OTHER))
                values.append(f"{f.first_name()} {f.last_name()}")
            if template.startswith("my name is") and r.random() < 0.7:
                values = [value.lower() for value in values]
        out.append(_filled(template, values, "PERSON", _place_of(template)))
    return out


def _in_their_language(r: Random) -> tuple[str, list[str]]:
    locale = r.choice(list(_NATIVE))
    f = faked(r, locale)
    close = locale in ("ja_JP", "zh_CN", "ko_KR")
    whole = (
        f"{f.last_name()}{' ' if locale == 'ja_JP' else ''}{f.first_name()}"
        if close
        else f"{f.first_name()} {f.last_name()}"
    )
    return r.choice(_NATIVE[locale]), [whole, f.last_name()]


def places(r: Random, count: int) -> list[Sample]:
    out: list[Sample] = []
    for number in range(count):
        if number % 4 == 3:
            template = r.choice(_PLACES)
            out.append(_filled(template, r.sample(CITIES, 2), "LOCATION", _place_of(template)))
            continue
        f = faked(r, r.choice(ADDRESSED))
        template = _ADDRESSES[number % len(_ADDRESSES)]
        whole = f.address() if r.random() < 0.75 else f.street_address()
        value = whole.replace(
            "\n",
            "\\n"
            if template.startswith("{{") and r.random() < 0.5
            else r.choice([", ", ", ", "\n"])
            if not template.startswith(("{{", "|", "20", "level", "INSERT", "ADDR"))
            else ", ",
        )
        out.append(_filled(template, [value.strip(" ,")], "LOCATION", _place_of(template)))
    return out
