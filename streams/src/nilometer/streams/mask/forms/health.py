"""Health: records, plans, providers, prescriptions; diagnoses for those who ask for them."""

from nilometer.streams.mask.forms.checksums import luhn
from nilometer.streams.mask.forms.form import Form

_NUMBER = r"(?=[A-Z\d/-]*\d)[A-Z\d][A-Z\d/-]{3,18}[A-Z\d]"
_MBI = "ACDEFGHJKMNPQRTUVWXY"
_MBI_FORM = rf"[1-9][{_MBI}][{_MBI}\d]\d-?[{_MBI}][{_MBI}\d]\d-?[{_MBI}]{{2}}\d{{2}}"


def npi(text: str) -> bool:
    """45 CFR 162.406: Luhn with the prefix 80840."""
    return text[0] in "12" and luhn("80840" + text)


def dea(text: str) -> bool:
    odd, even = sum(map(int, text[2:8:2])), sum(map(int, text[3:8:2]))
    return (odd + 2 * even) % 10 == int(text[8])


FORMS = (
    Form("MEDICAL_RECORD_NUMBER", rf"(?:MRN[-:# ]?)?{_NUMBER}", "mrn|medical record number|medical record no|medical record|patient id|patient number|patient no|patient identifier|chart number|hospital number|record number|medical record #|patient mrn|health record number|emr id|ehr id|case file number|medical record num|mrn number|patient record number|hospital id|hospital no|patient file number|medical id|patient no."),
    Form("US_HEALTH_INSURANCE_MEMBER_ID", _NUMBER, "member id|insurance member id|health plan number|policy number|health plan id|plan id|member number|subscriber id|insurance id|insurance number|group number|beneficiary number|health insurance number|health plan beneficiary number|medicaid id|medicaid number|policy no|insurance policy number|insurance policy|membership number|health insurance id|hicn|health card number|health card|ohip|ohip number|insurance card|health plan|health plan member id|health plan beneficiary id|insurance policy no|medical insurance number|medicaid|health insurance member id|insurance member number|insurance card number|plan number|payer id"),
    Form("US_NPI", r"[12]\d{3}[ -]?\d{3}[ -]?\d{3}", "npi|npi number|national provider identifier|provider id|npi no|national provider id|provider npi|national provider|npi id|provider npi number|individual npi", check=npi),
    Form("MEDICAL_LICENSE", r"[A-Za-z][A-Za-z9]\d{7}|[A-Z]{0,3}[- ]?\d{4,8}", "dea number|dea registration|dea|dea no|dea registration number|dea #|medical license|medical license number|medical licence|dea license|medical license no|dea num|dea id|medical license #|physician license|physician license number|doctor license|state medical license|dea certificate"),
    Form("US_MBI", _MBI_FORM, "mbi|medicare number|medicare beneficiary identifier|medicare id|medicare beneficiary number|medicare no|medicare|medicare beneficiary id|mbi number|medicare card|medicare card number", bare=_MBI_FORM, score=0.85),
    Form("US_PRESCRIPTION_NUMBER", r"(?:RX-?)?\d{6,12}", "rx|rx number|prescription number|prescription no|prescription id|rx no|rx #|prescription"),
    Form("US_CLAIM_NUMBER", r"(?:CLM-?)?\d{6,15}", "claim number|claim no|claim id|insurance claim|medical claim|claim #"),
    Form("US_PRIOR_AUTHORIZATION_NUMBER", r"(?:PA-?)?\d{6,12}", "prior authorization|prior authorization number|prior auth|prior auth number|preauthorization|authorization number"),
    Form("DE_LANR", r"\d{9}", "lanr|arztnummer"),
    Form("DE_BSNR", r"\d{9}", "bsnr|betriebsstättennummer"),
)  # fmt: skip

_ICD = r"[A-TV-Z]\d[\dAB](?:\.[\dA-Z]{1,4})?"
_WORDS = (
    "cancer|carcinoma|tumou?r|leuk(?:a)?emia|lymphoma|melanoma|diabetes(?: mellitus)?|type [12] diabetes|hypertension|asthma|copd|hiv|aids"
    "|hepatitis [abc]|epilepsy|depression|major depressive disorder|bipolar(?: disorder)?|schizophrenia|anxiety disorder|ptsd|adhd|autism"
    "|dementia|alzheimer'?s(?: disease)?|parkinson'?s(?: disease)?|multiple sclerosis|stroke|heart (?:failure|attack|disease)"
    "|myocardial infarction|atrial fibrillation|kidney (?:failure|disease)|renal failure|cirrhosis|crohn'?s disease|ulcerative colitis"
    "|rheumatoid arthritis|lupus|anorexia|bulimia|obesity|pneumonia|tuberculosis|covid-19|syphilis|gonorrh(?:o)?ea|chlamydia|herpes"
    "|pregnan(?:t|cy)|miscarriage|migraine|psoriasis|endometriosis|an(?:a)?emia|sepsis|gout|osteoporosis|glaucoma|fibromyalgia"
    "|alcohol(?:ism| use disorder)|opioid use disorder|substance abuse|sleep apn(?:o)?ea|thyroiditis|hypothyroidism|hyperthyroidism"
)
DIAGNOSES = {
    "after a label": (
        rf"(?i:\b(?:diagnos(?:is|es|ed with)|suffers from|history of|treated for|tested positive for|icd-?10(?:-cm)?(?: code)?|dx))"
        rf"[\s:=*\"']{{1,6}}(?:(?i:an?|the|chronic|acute|severe|stage [IV\d]+)[ ])*(?P<value>(?i:(?:\w+[ ]){{0,2}}(?:{_WORDS}))\b|{_ICD}\b)",
        0.7,
    ),
    "by name": (rf"(?i:\b(?:{_WORDS}))\b", 0.4),
}
