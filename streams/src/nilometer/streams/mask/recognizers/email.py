"""E-mail addresses, by Presidio's pattern, without its validator, and the ways in which people hide them.

Presidio asks tldextract whether the domain's ending is public; that downloads a list, and lets addresses of internal
domains through. Here the last label must hold a letter, which sets `package@1.2.3` apart.
"""

import regex
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.predefined_recognizers import EmailRecognizer

from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, ByForm

_LOCAL_HOST = regex.compile(r"@(?:.*\.)?[^.@]*\p{L}[^.@]*$")
_DOT = r"(?:[ ]?[\[({][ ]?(?i:dot|punkt|\.)[ ]?[\])}][ ]?|[ ](?i:dot)[ ]|\.)"
_LABEL = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
_ENDING = r"(?i:com|org|net|edu|gov|io|co|info|biz|dev|app|ai|me|us|uk|de|fr|es|it|nl|pl|se|in|au|ca|br|jp|cn|ru|ch|at|be|eu|example|test|local|internal)"


class AnyDomainEmailRecognizer(EmailRecognizer):
    """Accepts every domain that has the form of one."""

    def validate_result(self, pattern_text: str) -> bool:
        return _LOCAL_HOST.search(pattern_text) is not None


def recognizers() -> list[EntityRecognizer]:
    return [
        AnyDomainEmailRecognizer(name="EmailRecognizer"),
        ByForm(
            "HiddenEmailRecognizer",
            "EMAIL_ADDRESS",
            {
                "at in brackets": (
                    rf"\b{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}[ ]?[\[({{][ ]?(?i:at|@|ät)[ ]?[\])}}][ ]?{_LABEL}(?:{_DOT}{_LABEL}){{1,4}}\b",
                    LIKELY,
                ),
                "in words": (
                    rf"\b{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}[ ](?i:at)[ ]{_LABEL}(?:[ ](?i:dot)[ ]{_LABEL}){{0,3}}[ ](?i:dot)[ ]{_ENDING}\b",
                    LIKELY,
                ),
                "in spaces": (
                    rf"\b{_LABEL}(?:\.{_LABEL}){{0,3}}[ ]@[ ]?{_LABEL}(?:\.{_LABEL}){{0,3}}\.{_ENDING}\b",
                    LIKELY,
                ),
                "in a URL": (rf"\b{_LABEL}(?:\.{_LABEL}){{0,3}}%40{_LABEL}(?:\.{_LABEL}){{1,4}}\b", CERTAIN),
                "as an entity": (
                    rf"\b{_LABEL}(?:\.{_LABEL}){{0,3}}(?:&#64;|&#x40;|&commat;|\\u0040){_LABEL}(?:\.{_LABEL}){{1,4}}\b",
                    CERTAIN,
                ),
            },
        ),
    ]
