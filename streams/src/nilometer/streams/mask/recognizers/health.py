"""Diagnoses, for those who ask for them: named ones, and ICD-10 codes after a word that says so."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.forms.health import DIAGNOSES
from nilometer.streams.mask.recognizers.form import ByForm


def recognizers() -> list[EntityRecognizer]:
    return [ByForm("DiagnosisRecognizer", "MEDICAL_DISEASE_DISORDER", DIAGNOSES)]
