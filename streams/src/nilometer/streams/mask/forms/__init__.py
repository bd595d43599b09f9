"""What values look like, kind by kind: forms, check digits, labels. Data that recognisers and keys are made of."""

from nilometer.streams.mask.forms import finance, health, national
from nilometer.streams.mask.forms.form import Form, compact, label_key

FORMS = (*national.FORMS, *finance.FORMS, *health.FORMS)

__all__ = ["FORMS", "Form", "compact", "label_key"]
