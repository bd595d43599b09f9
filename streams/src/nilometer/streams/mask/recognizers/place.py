"""Coordinates."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, ByForm

_LAT = r"[-+]?(?:[0-8]?\d|90)\.\d{3,10}"
_LON = r"[-+]?(?:1[0-7]\d|180|\d{1,2})\.\d{3,10}"
_DEGREES = (
    r"\d{1,3}(?:\.\d{1,10})?[ ]?°[ ]?(?:\d{1,2}(?:\.\d+)?[ ]?['’′][ ]?)?(?:\d{1,2}(?:\.\d+)?[ ]?(?:\"|”|″|'')[ ]?)?"
)


def recognizers() -> list[EntityRecognizer]:
    patterns = {
        "decimal": (rf"(?<![\w.+-]){_LAT}[ ]?[,;/][ ]?{_LON}(?![\w]|\.\d)", LIKELY),
        "degrees": (
            rf"(?<![\w.])(?:{_DEGREES}[NSns][ ,;]{{1,3}}{_DEGREES}[EWOewo]|[NS][ ]?{_DEGREES}[ ,;]{{1,3}}[EW][ ]?{_DEGREES})(?!\w)",
            CERTAIN,
        ),
        "named": (
            r"(?i:\b(?:lat|latitude|lon|lng|long|longitude))[\"']?[ ]?[=:][ ]?[\"']?(?P<value>[-+]?\d{1,3}\.\d{2,10})(?![\w.])",
            LIKELY,
        ),
        # With fewer digits two numbers could be anything.
        "named pair": (
            r"(?i:\b(?:coordinates?|coords?|gps|position|lat[ _-]?l(?:o?ng?)|location|geo(?:location)?))(?:[^\d\n<>;|+-]|(?<=[\p{L}\"'])>|-(?!\d)|[ ]?\|[ ]?){0,30}?"
            r"(?P<value>[-+]?\d{1,2}\.\d{2,10}[ ]?[,;/ ][ ]?[-+]?\d{1,3}\.\d{2,10})(?![\w])(?!\.\d)",
            LIKELY,
        ),
        "geo uri": (r"\bgeo:(?P<value>[-+]?\d{1,2}\.\d+,[-+]?\d{1,3}\.\d+)", CERTAIN),
    }
    return [ByForm("CoordinatesRecognizer", "COORDINATES", patterns)]
