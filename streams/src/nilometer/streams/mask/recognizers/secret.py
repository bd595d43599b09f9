"""Secrets: keys of providers and clouds, tokens, private keys, passwords, and what is assigned to such a name."""

import math
from collections import Counter

import regex
from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, TAG_END, ByForm

_EDGE = r"(?<![A-Za-z0-9_-])"
_END = r"(?![A-Za-z0-9])"
_KEYS = {
    "openai": r"sk-(?!ant-|or-|lf-)(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,}",
    "anthropic": r"sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{20,}",
    "openrouter": r"sk-or-(?:v1-)?[A-Za-z0-9]{20,}",
    "nilometer": r"nlm_[A-Za-z0-9_-]{16,}",
    "google": r"AIza[A-Za-z0-9_-]{30,45}",
    "google oauth": r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|1//0[A-Za-z0-9_-]{30,})",
    "groq": r"gsk_[A-Za-z0-9]{30,}",
    "xai": r"xai-[A-Za-z0-9]{30,}",
    "perplexity": r"pplx-[A-Za-z0-9]{30,}",
    "hugging face": r"(?:hf|api_org)_[A-Za-z0-9]{30,}",
    "replicate": r"r8_[A-Za-z0-9]{30,}",
    "langfuse": r"[ps]k-lf-[0-9a-f-]{36}",
    "langsmith": r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|ls__[0-9a-f]{32}",
    "fireworks": r"fw_[A-Za-z0-9]{20,}",
    "nvidia": r"nvapi-[A-Za-z0-9_-]{40,}",
    "tavily": r"tvly-[A-Za-z0-9-]{20,}",
    "pinecone": r"pcsk_[A-Za-z0-9_]{40,}",
    "voyage": r"pa-[A-Za-z0-9_-]{43}",
    "elevenlabs": r"sk_[0-9a-f]{48}",
    "aws": r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}",
    "aws bedrock": r"ABSK[A-Za-z0-9+/]{80,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{40,}",
    "azure": r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
    "azure openai": r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{10}AC[A-Za-z0-9]{14}|[A-Za-z0-9]{32}JQQJ99[A-Za-z0-9]{40}",
    "alibaba": r"LTAI[A-Za-z0-9]{12,24}",
    "tencent": r"AKID[A-Za-z0-9]{32}",
    "github": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    "gitlab": r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|sr)-[A-Za-z0-9_.-]{20,}",
    "bitbucket": r"AT(?:BB|CTT3xFfGF0)[A-Za-z0-9_=-]{24,}",
    "atlassian": r"ATATT3[A-Za-z0-9_=-]{50,}",
    "slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}|xoxe\.xox[bp]-[A-Za-z0-9-]{10,}",
    "discord": r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}",
    "telegram": r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}",
    "stripe": r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}",
    "square": r"EAAA[A-Za-z0-9_-]{56,}|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}",
    "paypal": r"access_token\$production\$[a-z0-9]{16}\$[0-9a-f]{32}",
    "shopify": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "twilio": r"(?:SK|AC)[0-9a-f]{32}",
    "sendgrid": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "mailgun": r"key-[0-9a-z]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
    "mailchimp": r"[0-9a-f]{32}-us\d{1,2}",
    "brevo": r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "pypi": r"pypi-[A-Za-z0-9_-]{50,}",
    "rubygems": r"rubygems_[0-9a-f]{48}",
    "crates": r"cio[A-Za-z0-9]{32}",
    "docker": r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
    "digitalocean": r"do[opr]_v1_[0-9a-f]{64}",
    "databricks": r"dapi[0-9a-f]{32}(?:-\d)?",
    "cloudflare": r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}|cfut_[A-Za-z0-9_-]{40,}",
    "heroku": r"HRKU-[A-Za-z0-9_-]{36,}",
    "vercel": r"vc[kprsa]_[A-Za-z0-9]{24,}",
    "netlify": r"nfp_[A-Za-z0-9]{36,}",
    "fly": r"FlyV1 fm\d_[A-Za-z0-9+/=,_-]{50,}",
    "supabase": r"sb[ps]_[A-Za-z0-9_-]{20,}|sb_(?:secret|publishable)_[A-Za-z0-9_-]{20,}",
    "planetscale": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}",
    "neon": r"napi_[A-Za-z0-9]{40,}",
    "vault": r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
    "terraform": r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
    "pulumi": r"pul-[0-9a-f]{40}",
    "age": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "grafana": r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,}|eyJrIjoi[A-Za-z0-9+/=]{40,}",
    "new relic": r"NR(?:AK|JS|II|SP)-[A-Za-z0-9-]{19,}",
    "datadog": r"dd(?:api|app)_[A-Za-z0-9]{32,}",
    "sentry": r"sntr[yu]s?_[A-Za-z0-9+/=_-]{40,}",
    "posthog": r"ph[cx]_[A-Za-z0-9]{32,}",
    "linear": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
    "notion": r"(?:ntn|secret)_[A-Za-z0-9]{40,}",
    "figma": r"figd_[A-Za-z0-9_-]{36,}",
    "airtable": r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    "hubspot": r"pat-(?:na|eu)\d-[0-9a-f-]{36}",
    "postman": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "doppler": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,}",
    "facebook": r"EAACEdEose0cBA[A-Za-z0-9]+|EAA[A-Za-z0-9]{80,}",
    "twitter": r"A{20,}[A-Za-z0-9%]{60,}",
    "mapbox": r"[ps]k\.eyJ[A-Za-z0-9_-]{40,}\.[A-Za-z0-9_-]{20,}",
    "dropbox": r"sl\.[A-Za-z0-9_-]{100,}",
    "tailscale": r"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}",
    "jina": r"jina_[A-Za-z0-9]{50,}",
    "cerebras": r"csk-[a-z0-9]{40,}",
    "confluent": r"cflt[A-Za-z0-9+/]{56,}={0,2}",
    "firebase": r"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{100,}",
    "asana": r"\d/\d{10,}:[0-9a-f]{32}",
    "clerk": r"(?:sk|pk)_(?:live|test)_[A-Za-z0-9$]{20,}",
    "circleci": r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{16,}_[0-9a-f]{40}",
    "buildkite": r"bk(?:ua|at|ct)_[A-Za-z0-9]{40,}",
    "sonar": r"sq[upa]_[0-9a-f]{40}",
    "wandb, prefect, modal": r"(?:wandb_v\d_|pnu_|pnb_)[A-Za-z0-9_]{22,}|a[ks]-[A-Za-z0-9]{22}",
    "contentful, readme": r"(?:CFPAT-|rdme_)[A-Za-z0-9_-]{40,}",
    "lob, easypost, flutterwave, frame.io": r"(?:EZ[AT]K|FLWSECK_TEST-|FLWSECK-|fio-u-)[A-Za-z0-9_-]{30,}",
    "duffel, shippo, typeform": r"(?:duffel_(?:live|test)_|shippo_(?:live|test)_|tfp_)[A-Za-z0-9_.=-]{38,}",
    "yandex": r"AQVN[A-Za-z0-9_-]{35,}|y0_[A-Za-z0-9_-]{50,}",
    "together": r"tgp_v1_[A-Za-z0-9_-]{32,}",
    "prefixed": r"(?:sk|rk|pk|key|tok|secret)[-_](?:live|test|prod)[-_][A-Za-z0-9]{16,}",
}
_NAME = (
    r"(?i:aws[_ -]?secret[_ -]?access[_ -]?key|secret[_ -]?access[_ -]?key|(?:api|access|auth|secret|encryption|signing|master|service|subscription"
    r"|storage|account|shared[_ -]?access|app|license|webhook|deploy|session|bot|consumer|client|jwt|hmac|admin)[_ -]?(?:key|token|secret)s?"
    r"|api[_ -]?keys?|apikeys?|client[_ -]?secret|(?:access|auth|refresh|bearer|id|private|personal[_ -]?access|session|csrf|api|bot|security|device)[_ -]?tokens?"
    r"|credentials?|secrets?|private[_ -]?key|tokens?|accountkey|sharedaccesskey|session[_-]?ids?|x-api-key|sas|(?<=[_-])key)"
)
_TO = (
    r"[\"'`*\])]{0,3}(?:,[ ]here[ ](?:you[ ]go|it[ ]is|goes)|[ ]of[ ](?:the|my|our|this)[ ]\w{2,20})?(?:[ ]value=|"
    + TAG_END
    + r"(?=\S)|[\"']?,[ ]?[\"']value[\"']:)?(?:[ ]?(?:on file|is|was|reads|equals|=>|:=|==?|:|->|to|of)){0,2}[*_]{0,2}[ ]{0,2}[\"'`*]{0,3}"
)
_LOGIN = r"(?i:password|passwort|passwd|passphrase|passcode|pass[ _-]?phrase|contraseña|mot de passe|kennwort|pwd|db[_-]?pass|user[_-]?pass|pass)"
_OPAQUE = r"[A-Za-z0-9+/_.~$=-]{12,512}"
_PLACEHOLDER = regex.compile(
    r"(?i)^(?:[x*.•-]+|<.*|\$\{.*\}|\$[A-Za-z_]\w*|\$\(.*\)|%.*%|\{\{?.*|(?:your|my|the|example|sample|dummy|test|changeme|placeholder|redacted|masked|null|none|true|false|undefined|required|optional|string|hidden|secret)\b.*"
    r"|(?:os|process|config|settings|env|self|this|request|req|args|options|params)[.\[(].*|\w+\(.*\)|get_\w+)$"
)


def bits(text: str) -> float:
    """Shannon's entropy of its characters, in bits for each."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def random_looking(text: str) -> bool:
    """What is no word, no path, no place holder: letters and digits in no order."""
    if _PLACEHOLDER.match(text) or not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
        return False
    longest = max((len(run) for run in regex.findall(r"[a-z]+", text)), default=0)
    return bits(text) >= 2.8 and longest < max(9, len(text) // 2) and text.count("/") < 4


def password(text: str) -> bool:
    return _PLACEHOLDER.match(text) is None and not text.isalpha()


def any_password(text: str) -> bool:
    return _PLACEHOLDER.match(text) is None


def recognizers() -> list[EntityRecognizer]:
    quoted = r"(?:\"(?P<value>[^\s\"<>=][^\"\n<>]{2,127})\"|'(?P<value>[^\s'<>=][^'\n<>]{2,127})'|`(?P<value>[^\s`<>][^`\n<>]{2,127})`)"
    plain = r"(?P<value>(?:[^\s\"'`<>|;]|;(?![ ]?\w+=)){4,128}?)(?=[.,;)\]}*]{0,3}(?:[\s\"'`<>|]|$)|;[ ]?\w+=)"
    return [
        ByForm(
            "ApiKeyRecognizer", "API_KEY", {name: (f"{_EDGE}(?:{form}){_END}", CERTAIN) for name, form in _KEYS.items()}
        ),
        ByForm(
            "ApiKeyRecognizer",
            "API_KEY",
            {
                "slack webhook": (
                    r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}",
                    CERTAIN,
                ),
                "discord webhook": (
                    r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{20,}",
                    CERTAIN,
                ),
                "teams webhook": (r"https://[\w.-]+\.webhook\.office\.com/[A-Za-z0-9@/_-]{40,}", CERTAIN),
                "azure storage": (r"AccountKey=(?P<value>[A-Za-z0-9+/]{40,}={0,2})", CERTAIN),
                "azure shared access": (
                    r"(?:SharedAccessKey|SharedAccessSignature)=(?P<value>[^;\s\"'<]{20,})",
                    CERTAIN,
                ),
                "sentry dsn": (r"https://(?P<value>[0-9a-f]{32})(?::[0-9a-f]{32})?@[\w.-]*sentry", CERTAIN),
            },
        ),
        ByForm(
            "NamedSecretRecognizer",
            "API_KEY",
            {"named": (rf"{_NAME}{_TO}(?P<value>{_OPAQUE})(?![A-Za-z0-9+/_~$=-])", LIKELY)},
            random_looking,
        ),
        ByForm(
            "JwtRecognizer",
            "JWT",
            {
                "signed": (rf"{_EDGE}ey[A-Za-z0-9_-]{{8,}}\.ey[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]*", CERTAIN),
                "encrypted": (rf"{_EDGE}eyJ[A-Za-z0-9_-]{{8,}}(?:\.[A-Za-z0-9_-]*){{4}}", CERTAIN),
            },
        ),
        ByForm(
            "PrivateKeyRecognizer",
            "PRIVATE_KEY",
            {
                # A key whose end is cut off is a key still.
                "pem": (
                    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
                    r"(?:[A-Za-z0-9+/=\s\\:,.-]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]*)",
                    CERTAIN,
                ),
                "putty": (r"PuTTY-User-Key-File-\d:[\s\S]{20,4000}?Private-MAC: [0-9a-f]+", CERTAIN),
            },
        ),
        ByForm(
            "TokenRecognizer",
            "ACCESS_TOKEN",
            {
                "bearer": (r"(?i:\bbearer)[ ]+(?=[A-Za-z0-9._~+/-]*\d)(?P<value>[A-Za-z0-9._~+/-]{12,}=*)", CERTAIN),
                "basic": (
                    r"(?i:\bauthorization)[\"']?[:=][ ]*[\"']?(?i:basic)[ ]+(?P<value>[A-Za-z0-9+/]{8,}={0,2})",
                    CERTAIN,
                ),
                "in a query": (
                    r"[?&;](?i:access_token|token|api_key|apikey|key|sig|signature|x-amz-signature|x-amz-credential|auth|code|secret|client_secret|sessionid|password)="
                    r"(?P<value>[^\s&#\"'<>;]{8,})",
                    LIKELY,
                ),
                "cookie": (r"(?i:\b(?:set-)?cookie)[\"']?[:=][ ]*[\"']?(?P<value>[^\s=]{2,40}=[^\s;\"']{12,})", LIKELY),
            },
        ),
        ByForm(
            "PasswordRecognizer",
            "PASSWORD",
            {
                "quoted": (
                    rf"{_LOGIN}[\"'\])]{{0,3}}[ ]?(?:is|=>|:=|==?|:|to|->)?[*]{{0,2}}[ ]{{0,2}}[*]{{0,2}}{quoted}(?!=)",
                    LIKELY,
                ),
                "in a form": (
                    r"<input\b[^<>\n]{0,120}?\b(?:type|name|id)=[\"']?(?i:password|passwd|pwd)\b[^<>\n]{0,120}?[ ]value=[\"'](?P<value>[^\"'<>\n]{3,128})",
                    CERTAIN,
                ),
                "in a form, before its name": (
                    r"<input\b[^<>\n]{0,120}?[ ]value=[\"'](?P<value>[^\"'<>\n]{3,128})[\"'][^<>\n]{0,120}?\b(?:type|name|id)=[\"']?(?i:password|passwd|pwd)\b",
                    CERTAIN,
                ),
                "of a command": (
                    r"\b(?:sshpass[ ]+-p[ ]*|(?:mysql(?:dump|admin)?|mariadb|redis-cli|mongo(?:sh|dump)?|docker[ ]login|smbclient|ldapsearch|sqlcmd|htpasswd)\b[^\n|;]{0,200}?[ ](?:-p|-a[ ]|-P[ ]|-w[ ]|-pw[ ]|--password[ ]))[\"']?(?P<value>[^\s\"'<>|;-][^\s\"'<>|;]{3,128})",
                    LIKELY,
                ),
                "named": (
                    rf"{_LOGIN}[*_\])]{{0,3}}(?:{TAG_END}(?=\S)|[ ]?(?:is|=>|:=|==?|:|->))[*_]{{0,2}}[ ]{{0,2}}[*]{{0,2}}{plain}",
                    LIKELY,
                ),
            },
            any_password,
        ),
        ByForm(
            "PasswordRecognizer",
            "PASSWORD",
            {
                "beside": (
                    rf"\b{_LOGIN}(?:[ ]|,[ ]here (?:you go|it is):?[ ])(?:on file is |(?:for|to|of) (?:the |my |our |this )?\w+ (?:is|was) |of |to |was )?{plain}",
                    LIKELY,
                )
            },
            lambda text: password(text) and len(text) > 5 and not text.isdigit(),
        ),
        ByForm(
            "UrlCredentialsRecognizer",
            "URL_CREDENTIALS",
            {
                "user and password": (
                    r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://(?P<value>[^\s/@:\"'<>]*:[^\s/@\"'<>]+)@",
                    CERTAIN,
                ),
                "connection string": (
                    r"(?i:\b(?:user id|uid|user)=[^;\s]{1,64};(?:[^;\n]{1,64};){0,4}?(?:password|pwd)=)(?P<value>[^;\s\"']{1,128})",
                    CERTAIN,
                ),
                "netrc": (r"\bmachine[ ]\S{1,80}[ ]login[ ]\S{1,80}[ ]password[ ](?P<value>\S{3,128})", CERTAIN),
                "curl": (
                    r"\bcurl\b[^\n]{0,200}?[ ](?:-u|--user)[ ]+[\"']?(?P<value>[^\s:\"'<>]{1,64}:[^\s\"'<>]{1,128})",
                    CERTAIN,
                ),
            },
        ),
    ]
