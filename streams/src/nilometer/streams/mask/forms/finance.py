"""Banks, cards and wallets."""

from phonenumbers import SUPPORTED_REGIONS

from nilometer.streams.mask.forms.checksums import base58check, bech32, luhn, weighted
from nilometer.streams.mask.forms.form import Form


def aba(text: str) -> bool:
    """American Bankers Association: weights 3, 7, 1."""
    return text[:2] in _FED and weighted(text, (3, 7, 1) * 3) % 10 == 0


_FED = {f"{number:02}" for number in (*range(1, 13), *range(21, 33), *range(61, 73), 80)}


def bic(text: str) -> bool:
    """ISO 9362: letters five and six are a country."""
    return text[4:6] in SUPPORTED_REGIONS


def iban(text: str) -> bool:
    """ISO 13616: modulo 97."""
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def issued(text: str) -> bool:
    """ISO/IEC 7812: what American Express, Diners, Discover, JCB, Maestro, Mastercard, UnionPay and Visa give out."""
    number = "".join(char for char in text if char.isdigit())
    length, two, four = len(number), int(number[:2]), int(number[:4])
    known = (
        (number[0] == "4" and length in (13, 16, 19))
        or (length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or two == 35))
        or (length == 15 and (two in (34, 37) or four in (1800, 2131)))
        or (length == 14 and (two in (36, 38, 39) or 300 <= int(number[:3]) <= 305))
        or (length in (16, 19) and (four == 6011 or two in (64, 65, 62)))
        or (
            12 <= length <= 19
            and (two in (50, 56, 57, 58, 63, 67) or four == 604 or (number[0] == "6" and length > 15))
        )
    )
    return known and luhn(number) and len(set(number)) > 1


FORMS = (
    Form("IBAN_CODE", r"[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]{4}){2,7}(?:[ -]?[A-Z\d]{1,3})?", "iban|iban number|iban no|bank account|account|account number|account no|bank account number|konto|kontonummer|creditor iban|beneficiary iban", check=iban, strict=True),
    Form("CREDIT_CARD", r"\d(?:[ -]?\d){11,18}", "card number|credit card number|card no|cc|cc number|debit card|visa|mastercard|amex|american express|maestro|discover|payment card|pan", check=issued, strict=True),
    Form("ABA_ROUTING_NUMBER", r"\d{4}[- ]?\d{4}[- ]?\d", "routing number|aba routing number|routing no|aba|aba number|routing|routing transit number|rtn|bank routing number|aba rtn|routing num|aba routing|aba routing no|ach routing number|wire routing number|fedwire", check=aba),
    Form("US_BANK_NUMBER", r"\d(?:[ -]?\d){5,17}", "account number|bank account number|bank account|checking account|savings account|account no|acct number|acct no|acct|account #|account num|acc no|bank acct|kontonummer|konto nr|account|deposit account|account nr|bank account no|bank account num|deposit account number|acc number|beneficiary account", near=25),
    Form("UK_SORT_CODE", r"\d{2}[- ]?\d{2}[- ]?\d{2}", "sort code|sortcode"),
    Form("BIC_CODE", r"[A-Z]{6}[A-Z\d]{2}(?:[A-Z\d]{3})?", "bic|swift|swift code|bic code|swift bic|bic swift|swift number|bank identifier code|swift bic code|bic number|bic swift code", check=bic, strict=True),
    Form("CVV", r"\d{3,4}", "cvv|cvc|cvv2|cvc2|card security code|cvv code|security code|cid|card verification value|card verification code|cvn", near=20),
    Form("CARD_EXPIRY", r"(?:0[1-9]|1[0-2])[/-](?:20)?\d{2}", "card expiry|expiry date|exp date|card expiration|valid thru", near=20),
)  # fmt: skip

WALLETS = {
    "ethereum": r"0x[0-9a-fA-F]{40}",
    "bitcoin": r"(?P<base>[13][1-9A-HJ-NP-Za-km-z]{25,34})",
    "bitcoin segwit": r"(?:bc1|BC1|tb1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71}",
    "litecoin": r"(?:ltc1[02-9ac-hj-np-z]{11,71}|[LM][1-9A-HJ-NP-Za-km-z]{26,33})",
    "dogecoin, dash, tron, ripple": r"[DXTr][1-9A-HJ-NP-Za-km-z]{24,34}",
    "monero": r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}",
    "cardano": r"addr1[02-9ac-hj-np-z]{50,110}",
}


def wallet(text: str) -> bool:
    """Of the forms above those whose checksum holds, where they have one that needs no other library."""
    if text.startswith(("0x", "addr1")) or len(text) == 95:
        return True
    if text[:3].lower() in ("bc1", "tb1", "ltc"):
        return bech32(text)
    if text[0] == "r":
        # Ripple's alphabet is its own; the checksum is the same.
        return base58check(text.translate(_RIPPLE))
    return base58check(text)


_RIPPLE = str.maketrans(
    "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz",
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
)
