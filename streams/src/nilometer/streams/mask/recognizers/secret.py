"""Secrets that have a form of their own: keys of providers and clouds, tokens, private keys, passwords in URLs."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.patterns import CERTAIN, LIKELY, recognizer

_EDGE = r"(?<![A-Za-z0-9_-])"
_API_KEYS = {
    "openai and alike": r"sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}",
    "aws access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "github": r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "gitlab": r"glpat-[A-Za-z0-9_-]{20,}",
    "google": r"AIza[A-Za-z0-9_-]{35}",
    "google oauth": r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})",
    "slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}",
    "slack webhook": r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}",
    "stripe": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}",
    "hugging face": r"hf_[A-Za-z0-9]{30,}",
    "groq": r"gsk_[A-Za-z0-9]{40,}",
    "xai": r"xai-[A-Za-z0-9]{40,}",
    "perplexity": r"pplx-[A-Za-z0-9]{40,}",
    "replicate": r"r8_[A-Za-z0-9]{30,}",
    "langfuse": r"[ps]k-lf-[0-9a-f-]{36}",
    "langsmith": r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "pypi": r"pypi-[A-Za-z0-9_-]{50,}",
    "sendgrid": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "twilio": r"(?:SK|AC)[0-9a-f]{32}",
    "digitalocean": r"do[opr]_v1_[0-9a-f]{64}",
    "databricks": r"dapi[0-9a-f]{32}",
    "telegram": r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
    "azure storage": r"(?<=AccountKey=)[A-Za-z0-9+/]{80,}={0,2}",
}
_NAMED = (
    r"(?<=(?i:\b(?:aws_secret_access_key|secret[_ -]?access[_ -]?key|api[_ -]?key|apikey|access[_ -]?key"
    r"|client[_ -]?secret|auth[_ -]?token|access[_ -]?token|refresh[_ -]?token|secret[_ -]?key|private[_ -]?token))"
    r"[\"'`*]*(?:[ ]+is)?[ ]*[:=]?[ ]*[\"'`*]*)(?=[A-Za-z0-9+/_.~-]*\d)[A-Za-z0-9+/_.~-]{16,}={0,2}"
)
_AFTER_ITS_NAME = (
    r"(?<=(?i:(?<![A-Za-z])(?:password|passwd|passphrase|pwd))[\"'`*]*(?:(?:[ ]+is)?[ ]*[:=][ ]*|[ ]+is[ ]+)[\"'`*]*)"
    r"[^\s\"'`*,;<>&]{4,128}"
)


def recognizers() -> list[EntityRecognizer]:
    return [
        recognizer(
            "ApiKeyRecognizer",
            "API_KEY",
            {name: (f"{_EDGE}(?:{form})", CERTAIN) for name, form in _API_KEYS.items()} | {"named": (_NAMED, LIKELY)},
        ),
        recognizer(
            "JwtRecognizer",
            "JWT",
            {"jwt": (rf"{_EDGE}eyJ[A-Za-z0-9_-]{{8,}}\.eyJ[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]*", CERTAIN)},
        ),
        recognizer(
            "PrivateKeyRecognizer",
            "PRIVATE_KEY",
            {
                # A key whose end is cut off is a key still.
                "pem": (
                    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
                    r"(?:[A-Za-z0-9+/=\s\\:,-]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]*)",
                    CERTAIN,
                ),
            },
        ),
        recognizer(
            "BearerRecognizer",
            "ACCESS_TOKEN",
            {
                "bearer": (r"(?<=(?i:\bbearer)[ ]+)(?=[A-Za-z0-9._~+/-]*\d)[A-Za-z0-9._~+/-]{12,}=*", CERTAIN),
                "basic": (
                    r"(?<=(?i:\bauthorization)[\"']?[:=][ ]*[\"']?(?i:basic)[ ]+)[A-Za-z0-9+/]{8,}={0,2}",
                    CERTAIN,
                ),
                "in a query": (
                    r"(?<=[?&](?i:access_token|token|api_key|apikey|key|sig|signature|x-amz-signature|auth)=)[^\s&#\"'<>]{8,}",
                    LIKELY,
                ),
            },
        ),
        recognizer("PasswordRecognizer", "PASSWORD", {"named": (_AFTER_ITS_NAME, LIKELY)}),
        recognizer(
            "UrlCredentialsRecognizer",
            "URL_CREDENTIALS",
            {
                "user and password": (
                    r"(?<=\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://)[^\s/@:\"'<>]*:[^\s/@\"'<>]+(?=@)",
                    CERTAIN,
                )
            },
        ),
    ]
