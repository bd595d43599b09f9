"""Presidio's registry for masking: its own recognisers as far as they are used, and those that it does not have."""

from presidio_analyzer import EntityRecognizer
from presidio_analyzer.predefined_recognizers import (
    DateRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    MedicalLicenseRecognizer,
    SpacyRecognizer,
    UkNinoRecognizer,
    UrlRecognizer,
    UsItinRecognizer,
    UsSsnRecognizer,
)

from nilometer.streams.mask.forms import FORMS
from nilometer.streams.mask.recognizers import (
    address,
    backwards,
    birth,
    card,
    email,
    health,
    hidden,
    name,
    native,
    payment,
    person,
    phone,
    place,
    secret,
    username,
    wallet,
)
from nilometer.streams.mask.recognizers.form import bare_recognizers
from nilometer.streams.mask.recognizers.labelled import LabelRecognizer
from nilometer.streams.mask.recognizers.table import TableRecognizer

_PRESIDIO = (
    DateRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    MedicalLicenseRecognizer,
    SpacyRecognizer,
    UkNinoRecognizer,
    UrlRecognizer,
    UsItinRecognizer,
    UsSsnRecognizer,
)
"""As they are. Of the others the forms and check digits are in `forms`, with labels in place of single context words:
those words count wherever they stand, inside others too, such as `us` in `customer` (docs/decisions/0110)."""


def all_recognizers() -> list[EntityRecognizer]:
    own = [
        LabelRecognizer(FORMS),
        backwards.BackwardsRecognizer(FORMS),
        TableRecognizer(),
        *bare_recognizers(FORMS),
        *address.recognizers(),
        *birth.recognizers(),
        *card.recognizers(),
        *email.recognizers(),
        *health.recognizers(),
        *name.recognizers(),
        *native.recognizers(),
        *payment.recognizers(),
        *person.recognizers(),
        *phone.recognizers(),
        *place.recognizers(),
        *secret.recognizers(),
        *username.recognizers(),
        *wallet.recognizers(),
    ]
    all_of_them = [*(kind() for kind in _PRESIDIO), *own]
    return [*all_of_them, hidden.HiddenRecognizer(all_of_them)]
