"""Addresses of crypto currencies."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.forms.finance import WALLETS, wallet
from nilometer.streams.mask.recognizers.form import CERTAIN, ByForm, edged


def recognizers() -> list[EntityRecognizer]:
    return [
        ByForm("CryptoRecognizer", "CRYPTO", {name: (edged(form), CERTAIN) for name, form in WALLETS.items()}, wallet)
    ]
