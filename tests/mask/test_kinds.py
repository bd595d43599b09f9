"""What is found: ids and secrets with valid checksums, people and places in many forms; and what stays readable."""

import pytest

from nilometer.streams.mask import Masker
from tests.mask.events import make_masker, masked_text

# Put together here, so that no scanner of this repository takes them for real ones.
_OPENAI = "sk-" + "proj-" + "Ab3" * 12
_JWT = (
    "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
)
_PEM = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEA7\nxyz+/=\n-----END RSA PRIVATE " + "KEY-----"

FOUND = [
    ("EMAIL_ADDRESS", "write to {}, please", "mia.li3818@example.com"),
    ("EMAIL_ADDRESS", "write to {}", "mia@intranet.corp"),
    ("EMAIL_ADDRESS", "Kontakt: {}", "jürgen.müller@bücher.de"),
    ("PHONE_NUMBER", "call me at {}", "+1 212-555-0187"),
    ("PHONE_NUMBER", "my phone number is {}", "(415) 555-2671"),
    ("PHONE_NUMBER", "ring {} tomorrow", "+44 20 7946 0958"),
    ("CREDIT_CARD", "paid with {}.", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "amex {}", "378282246310005"),
    ("CREDIT_CARD", "card: {}", "5555-5555-5555-4444"),
    ("IBAN_CODE", "transfer to {}", "DE89370400440532013000"),
    ("IBAN_CODE", "IBAN {}", "GB29 NWBK 6016 1331 9268 19"),
    ("US_SSN", "my ssn is {}", "536-90-4399"),
    ("US_ITIN", "the ITIN is {}", "912-74-1234"),
    ("US_PASSPORT", "her passport is {}", "912803456"),
    ("UK_NHS", "NHS number {}", "943 476 5919"),
    ("UK_NINO", "his national insurance is {}", "AB 12 34 56 C"),
    ("CA_SIN", "social insurance number {}", "130-692-544"),
    ("AU_TFN", "tax file number {}", "876 543 210"),
    ("SG_NRIC_FIN", "the NRIC is {}", "S1234567D"),
    ("IN_PAN", "PAN {}", "ABCPE1234F"),
    ("IP_ADDRESS", "from {} at noon", "203.0.113.77"),
    ("IP_ADDRESS", "from {} at noon", "2001:db8:85a3::8a2e:370:7334"),
    ("MAC_ADDRESS", "the device {}", "00:1B:44:11:3A:B7"),
    ("CRYPTO", "send it to {}", "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"),
    ("PAYMENT_ID", "refund to {} now", "credit_card_4421486"),
    ("PAYMENT_ID", "refund to {} now", "certificate_7504069"),
    ("PAYMENT_ID", "charged {}", "pm_" + "1J5gXt2eZvKYlo2C0aBcDeFg"),
    ("USERNAME", "it is {}.", "mia_li_3668"),
    ("USERNAME", "found account {} in the list", "lina_volta_9498"),
    ("USERNAME", "found account {} in the list", "chaitaly_bali_5816"),
    ("USERNAME", "{}", "wahab_bath_5084"),
    ("USERNAME", "my user name is {}", "otter42"),
    ("DATE_OF_BIRTH", "DOB: {}", "1990-04-05"),
    ("DATE_OF_BIRTH", "born on {} in Graz", "April 5, 1990"),
    ("DATE_OF_BIRTH", "Her date of birth is {}.", "5 April 1990"),
    ("DATE_OF_BIRTH", "my birthday is {}", "04/05/1990"),
    ("LOCATION", "I live at {}.", "975 Sunset Drive, Suite 217"),
    ("LOCATION", "ship to {}", "12B Baker Street"),
    ("LOCATION", "in {} since May", "Austin, TX 78750"),
    ("LOCATION", "mail goes to {}", "P.O. Box 4711"),
    ("LOCATION", "Ich wohne {} im Hof", "Lindenstraße 17"),
    ("LOCATION", "he moved to {}", "Seattle"),
    ("PERSON", "I talked to {} yesterday about it.", "Maria Gonzalez"),
    ("PERSON", "**Passengers:** {}", "Sophia Silva"),
    ("PERSON", "Thank you, {}. Anything else?", "Mia"),
    ("PERSON", "First name: {}", "Daiki"),
    ("PERSON", "the surgeon was Dr. Schmidt, {}", "Ms. O'Brien"),
    ("API_KEY", "the key is {} ok", _OPENAI),
    ("API_KEY", "export AWS={}", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("API_KEY", "git clone with {}", "ghp_" + "a1B2" * 9),
    ("API_KEY", "maps {}", "AIza" + "Sy0" * 11 + "ab"),
    ("API_KEY", "slack {}", "xoxb-" + "123456789012-abcdefGHIJ"),
    ("API_KEY", "stripe {}", "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"),
    ("API_KEY", "hugging {}", "hf_" + "aB3" * 11),
    ("API_KEY", "api_key = '{}'", "0f3a9c7be21d4f60aa13"),
    ("JWT", "cookie {} set", _JWT),
    ("ACCESS_TOKEN", "Authorization: Bearer {}", "ya19.a0AfH6SMBx12345"),
    ("PRIVATE_KEY", "here:\n{}\nthanks", _PEM),
    ("PASSWORD", "password: {}", "hunter2!"),
    ("URL_CREDENTIALS", "postgres://{}@db.internal:5432/app", "bob:s3cret"),
    ("EMAIL_ADDRESS", "mail {} please", "jane.doe at example dot org"),
    ("EMAIL_ADDRESS", "mail {} please", "jane [at] example [dot] org"),
    ("EMAIL_ADDRESS", "?to={}&x=1", "jane.doe%40example.org"),
    ("EMAIL_ADDRESS", "mail {} please", "ja\u200bne.doe@exam\u200bple.org"),
    ("CREDIT_CARD", "card {} ok", "４１１１ １１１１ １１１１ １１１１"),
    ("CREDIT_CARD", "card {} ok", "4111\u20111111\u20111111\u20111111"),
    ("US_SSN", "my ssn is {}", "536\u201390\u20134399"),
    ("IBAN_CODE", "IBAN {}", "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000"),
    ("PHONE_NUMBER", "Tel. {}", "+49 (0)30 2212345"),
    ("PHONE_NUMBER", "you can reach me at {}", "4155552671"),
    ("PHONE_NUMBER", "numéro: {}", "02 85 32 86 01"),
    ("COORDINATES", "parked at {}", "48.20849, 16.37208"),
    ("COORDINATES", "parked at {}", "48.2085° N, 16.3721° E"),
    ("BIC_CODE", "SWIFT/BIC: {}", "COBADEFFXXX"),
    ("ABA_ROUTING_NUMBER", "routing number {}", "021000021"),
    ("US_BANK_NUMBER", "account number {}", "000123456789"),
    ("US_EIN", "our EIN is {}", "12-3456789"),
    ("US_NPI", "NPI {}", "1234567893"),
    ("US_MBI", "her Medicare number is {}", "1EG4-TE5-MK73"),
    ("MEDICAL_LICENSE", "DEA number: {}", "AB1234563"),
    ("MEDICAL_RECORD_NUMBER", "MRN #{}", "00482913"),
    ("US_HEALTH_INSURANCE_MEMBER_ID", "member ID {}", "XYZ123456789"),
    ("UK_DRIVING_LICENCE", "licence {}", "MORGA657054SM9IJ"),
    ("US_DRIVER_LICENSE", "driver's license: {}", "D1234567"),
    ("US_PASSPORT", "passport no. {}", "K12345678"),
    ("DE_TAX_ID", "Steuer-ID {}", "86 095 742 719"),
    ("DE_ID_CARD", "Personalausweis {}", "L01X00T471"),
    ("FR_NIR", "NIR {}", "2 55 08 14 168 025 38"),
    ("IT_FISCAL_CODE", "codice fiscale {}", "RSSMRA85T10A562S"),
    ("ES_NIF", "DNI {}", "12345678Z"),
    ("ES_NIE", "NIE {}", "X1234567L"),
    ("PL_PESEL", "PESEL {}", "44051401359"),
    ("FI_PERSONAL_IDENTITY_CODE", "hetu {}", "131052-308T"),
    ("SE_PERSONNUMMER", "personnummer {}", "811228-9874"),
    ("NL_BSN", "BSN {}", "111222333"),
    ("CH_AHV", "AHV {}", "756.9217.0769.85"),
    ("BR_CPF", "CPF {}", "111.444.777-35"),
    ("CN_ID", "ID {}", "11010519491231002X"),
    ("KR_RRN", "RRN {}", "900101-1234567"),
    ("IN_AADHAAR", "Aadhaar {}", "2341 2341 2346"),
    ("CRYPTO", "send it to {}", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ("CRYPTO", "send it to {}", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("API_KEY", "use {}", "nlm_" + "a1B2" * 8),
    ("API_KEY", "use {}", "sk-" + "ant-api03-" + "a1B2" * 20),
    ("API_KEY", "client_secret: {}", "9f86d081884c7d659a2feaa0c55ad015"),
    ("PASSWORD", 'password = "{}"', "$(+kQXz^yGN2"),
    ("PERSON", "my name is {}", "maria gonzalez"),
    ("PERSON", "customer: {}", "王秀英"),
    ("PERSON", "Best regards,\n{}", "Adaeze Okonkwo"),
    ("PERSON", "I spoke with {} yesterday.", "Nguyễn Thị Hoa"),
    ("PERSON", "звонил {} вчера", "Владимир Кузнецов"),
    ("LOCATION", "ship to {}.", "Flat 12, Marsh crossing, Port Gail, E9 5YT"),
    ("LOCATION", "ship to {}.", "12 rue de la Paix, 75002 Paris"),
    ("LOCATION", "ship to {}.", "Via Roma 12, 00184 Roma (RM)"),
    ("LOCATION", "ship to {}.", "Rua Augusta, 1500, Consolação, 01304-001 São Paulo / SP"),
    ("LOCATION", "ship to {}", "東京都港区芝公園4丁目2番8号"),
    # The label behind the value, in a tag, in the cell before it, in an object beside it.
    ("US_SSN", "the customer gave {} as SSN", "380258086"),
    ("US_PASSPORT", "Can you confirm that {} is my passport number?", "453480501"),
    ("DATE_OF_BIRTH", "{} is the date of birth on file", "1975-10-03"),
    ("US_EIN", "<ein>{}</ein>", "81-7928240"),
    ("NL_BSN", "| BSN | {} |", "874087314"),
    ("US_NPI", '[{{"field": "npiNumber", "value": "{}"}}]', "1234567893"),
    ("PHONE_NUMBER", "Q: What is your mobile?  A: {}", "08723478544"),
    ("SG_UEN", "registered as {}.", "53125226D"),
    ("IN_VEHICLE_REGISTRATION", "my number plate is {}", "MH 12 AB 1234"),
    ("IT_PASSPORT", "numero di passaporto: {}", "YA1234567"),
    ("CREDIT_CARD", "POST /pay pan={} 200 31ms", "4111 1111 1111 1111"),
    ("PASSWORD", '<input type="password" name="pw" value="{}">', "hunter2!x"),
    ("PASSWORD", "sshpass -p {} ssh root@bastion", "kafkaotS3"),
    ("API_KEY", '{{"consumer_secret": "{}"}}', "E0HQb6bucwYXPvanXqqMaccS_GVm"),
    ("LOCATION", "sent to {} last week", "Petőfi utca 21., H-8179 Tatabánya"),
    ("LOCATION", "sent to {}.", "Calle Varela 228, San Andrés, JAL 46654"),
    ("LOCATION", "Flights to {} are cheap in May.", "Kraków"),
    ("PERSON", "{} will call you back.", "Grace"),
    ("PERSON", "{} called about the delivery.", "Tade Oluwagbemi"),
    ("PERSON", "客户{}已付款。", "彭涛"),
    ("PERSON", "{} 고객님이 환불을 요청했습니다.", "김정순"),
]

KEPT = [
    "grace_period_30 and mark_flag_10 of max_retries_12",
    "Flight HAT069 from JFK to SEA leaves at 06:00 on 2024-05-20 and costs $121.",
    "Reservation NO6JO3 has 2 bags; the total is $1,327.50.",
    "The current time is 2024-05-15 15:00:00 EST.",
    "gpt-4o-2024-08-06 answered in 1234567 microseconds with HTTP 429.",
    "Install lodash@4.17.21 and numpy==2.1.0, then see https://example.com/docs?page=2.",
    "The order ships on May 20th and arrives by 2024-06-01.",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
    "call_HGn16KZh9oNCruxsMJ4gYXan",
    "basic_economy",
    "token limit: 4096 tokens; max_tokens=512",
    "Kafka, Airflow and Docker are up. Order Summary: see Account Settings.",
    "order_id=4155552671 status=paid ts=1716123456789",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "The Refund Policy applies from Monday; the Summer Sale ends in June.",
    "id,name,price\n1,Coffee Grinder,12.50\n2,Desk Lamp,30.00\n",
    "epoch 12/50 loss=0.1234 lr=3.0",
    "Meet me at google.com at noon.",
    "Jan 03 04:05:06 web1 api[211]: POST /v1/profile 200 31ms",
    "Sehr geehrte Damen und Herren, anbei die Rechnung.",
    "My Steuer-ID is missing; meine Steuererklärung auch.",
    "LangChain calls the Retriever, then the Reranker, then the LLM.",
    "mistral-large-2407 wrote parse_json_2024 on kubeflow_server_2024",
    '{"id": "56ea1ce3-112f-060f-58ed-005752368648", "page_token": "CAUQAA12"}',
    "你好，世界 🌍 שלום עולם \u202eabc\u202c a\x00b\ttab\r\nline\u2028sep",
    "",
    "   ",
    "\x00",
]


@pytest.mark.parametrize(("kind", "frame", "value"), FOUND)
def test_a_value_of_each_kind_becomes_its_placeholder(masker: Masker, kind: str, frame: str, value: str) -> None:
    out = masked_text(masker, frame.format(value))
    assert value not in out
    assert f"<{kind}>" in out


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_personal_stays_byte_for_byte(masker: Masker, text: str) -> None:
    assert masked_text(masker, text) == text


TABLES = [
    ("id,nhs_number,mrn\n1,943 476 5919,00482913\n2,401 023 2137,7713\n", ("943 476 5919", "401 023 2137", "00482913")),
    ("| Passenger | Seat |\n|---|---|\n| Rose Page | 3A |\n| 康柳 | 4B |\n", ("Rose", "Page", "康柳")),
    ("INSERT INTO t (id, full_name, dob) VALUES (1, 'Ann O''Neil', '1990-04-05'), (2, 'Bo Li', '1981-01-02');", ("Neil", "1990-04-05", "Bo Li", "1981-01-02")),
    ("name;email;iban\nWill Grant;w@x.example;DE89370400440532013000\n", ("Will Grant", "w@x.example", "DE8937")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values"), TABLES)
def test_the_head_of_a_column_says_what_is_in_it(masker: Masker, text: str, values: tuple[str, ...]) -> None:
    out = masked_text(masker, text)
    assert not [value for value in values if value in out]
    assert out.splitlines()[0].split(" VALUES")[0] == text.splitlines()[0].split(" VALUES")[0]


def test_diagnoses_are_masked_where_the_policy_asks() -> None:
    text = "The patient was diagnosed with type 2 diabetes (ICD-10: E11.9)."
    asked = make_masker(entities=["MEDICAL_DISEASE_DISORDER"])
    assert masked_text(asked, text).count("<MEDICAL_DISEASE_DISORDER>") == 2
    assert "diabetes" in masked_text(make_masker(), text)


@pytest.mark.parametrize(
    "text",
    [
        "card 4111 1111 1111 1112",
        "IBAN DE89370400440532013001",
        "wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1Boyz",
    ],
)
def test_a_wrong_checksum_is_not_taken_for_that_kind(masker: Masker, text: str) -> None:
    out = masked_text(masker, text)
    assert not any(kind in out for kind in ("<CREDIT_CARD>", "<IBAN_CODE>", "<CRYPTO>"))


def test_what_stands_around_a_finding_stays(masker: Masker) -> None:
    assert masked_text(masker, "→ mail: a.b@example.org ← 🎉\x00") == "→ mail: <EMAIL_ADDRESS> ← 🎉\x00"


@pytest.mark.parametrize("run", ["*", '{"', "  \n x*", "汉"])
def test_long_runs_without_a_space_are_read_too(masker: Masker, run: str) -> None:
    text = run * 800
    assert masked_text(masker, f"{text} mail a.b@example.org\n  {text}") == f"{text} mail <EMAIL_ADDRESS>\n  {text}"
