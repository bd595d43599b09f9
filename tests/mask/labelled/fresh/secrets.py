"""Keys and tokens as their providers shape them."""

import base64
import json
import string
from collections.abc import Callable
from random import Random

_ALNUM = string.ascii_letters + string.digits
_URL = _ALNUM + "-_"
_B64 = _ALNUM + "+/"


def of(r: Random, signs: str, size: int) -> str:
    return "".join(r.choice(signs) for _ in range(size))


def _n(r: Random, size: int) -> str:
    return of(r, _ALNUM, size)


def _u(r: Random, size: int) -> str:
    return of(r, _ALNUM, 1) + of(r, _URL, size - 2) + of(r, _ALNUM, 1)


def _h(r: Random, size: int) -> str:
    return of(r, "0123456789abcdef", size)


def _caps(r: Random, size: int) -> str:
    return of(r, string.ascii_uppercase + "234567", size)


def _uuid(r: Random) -> str:
    return "-".join(_h(r, size) for size in (8, 4, 4, 4, 12))


PREFIXED: dict[str, Callable[[Random], str]] = {
    "aws access key": lambda r: r.choice(["AKIA", "ASIA"]) + _caps(r, 16),
    "github": lambda r: r.choice(["ghp_", "gho_", "ghs_", "ghu_"]) + _n(r, 36),
    "github fine": lambda r: f"github_pat_{_n(r, 22)}_{_n(r, 59)}",
    "gitlab": lambda r: "glpat-" + _u(r, 20),
    "slack bot": lambda r: f"xoxb-{r.randint(10**11, 10**12)}-{r.randint(10**12, 10**13)}-{_n(r, 24)}",
    "slack user": lambda r: (
        f"xoxp-{r.randint(10**11, 10**12)}-{r.randint(10**11, 10**12)}-{r.randint(10**12, 10**13)}-{_h(r, 32)}"
    ),
    "slack hook": lambda r: f"https://hooks.slack.com/services/T{_caps(r, 8)}/B{_caps(r, 10)}/{_n(r, 24)}",
    "stripe": lambda r: r.choice(["sk_live_", "sk_test_", "rk_live_"]) + _n(r, r.choice([24, 99])),
    "stripe hook": lambda r: "whsec_" + _n(r, 32),
    "openai": lambda r: f"sk-{_n(r, 20)}T3BlbkFJ{_n(r, 20)}",
    "openai project": lambda r: f"sk-proj-{_u(r, 74)}T3BlbkFJ{_u(r, 74)}",
    "anthropic": lambda r: f"sk-ant-api03-{_u(r, 93)}AA",
    "openrouter": lambda r: "sk-or-v1-" + _h(r, 64),
    "google": lambda r: "AIza" + _u(r, 35),
    "google oauth": lambda r: "GOCSPX-" + _u(r, 28),
    "google access": lambda r: "ya29.a0Af" + _u(r, 120),
    "hugging face": lambda r: "hf_" + of(r, string.ascii_letters, 34),
    "npm": lambda r: "npm_" + _n(r, 36),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + _u(r, 120),
    "sendgrid": lambda r: f"SG.{_u(r, 22)}.{_u(r, 43)}",
    "twilio sid": lambda r: "SK" + _h(r, 32),
    "mailgun": lambda r: "key-" + _h(r, 32),
    "mailchimp": lambda r: _h(r, 32) + "-us14",
    "digitalocean": lambda r: "dop_v1_" + _h(r, 64),
    "shopify": lambda r: r.choice(["shpat_", "shpss_"]) + _h(r, 32),
    "square": lambda r: "sq0atp-" + _u(r, 22),
    "telegram": lambda r: f"{r.randint(10**8, 10**10)}:AA{_u(r, 33)}",
    "databricks": lambda r: "dapi" + _h(r, 32),
    "azure client": lambda r: f"{_n(r, 3)}8Q~{_u(r, 34)}",
    "vault": lambda r: "hvs." + _u(r, 90),
    "doppler": lambda r: "dp.pt." + _n(r, 43),
    "new relic": lambda r: "NRAK-" + of(r, string.ascii_uppercase + string.digits, 27),
    "linear": lambda r: "lin_api_" + _n(r, 40),
    "notion": lambda r: r.choice(["secret_" + _n(r, 43), "ntn_" + _n(r, 46)]),
    "airtable": lambda r: f"pat{_n(r, 14)}.{_h(r, 64)}",
    "atlassian": lambda r: "ATATT3xFfGF0" + _u(r, 172) + "=" + _h(r, 8).upper(),
    "groq": lambda r: "gsk_" + _n(r, 52),
    "replicate": lambda r: "r8_" + _n(r, 37),
    "xai": lambda r: "xai-" + _n(r, 80),
    "pinecone": lambda r: f"pcsk_{_n(r, 6)}_{_n(r, 62)}",
    "langfuse": lambda r: "sk-lf-" + _uuid(r),
    "langsmith": lambda r: f"lsv2_pt_{_h(r, 32)}_{_h(r, 10)}",
    "supabase": lambda r: "sbp_" + _h(r, 40),
    "planetscale": lambda r: "pscale_pw_" + _u(r, 43),
    "netlify": lambda r: "nfp_" + _n(r, 36),
    "grafana": lambda r: f"glsa_{_n(r, 32)}_{_h(r, 8)}",
    "postman": lambda r: f"PMAK-{_h(r, 24)}-{_h(r, 34)}",
    "rubygems": lambda r: "rubygems_" + _h(r, 48),
    "docker": lambda r: "dckr_pat_" + _u(r, 27),
    "terraform": lambda r: f"{_n(r, 14)}.atlasv1.{_u(r, 65)}",
    "tailscale": lambda r: f"tskey-auth-{_n(r, 12)}CNTRL-{_n(r, 32)}",
    "mapbox": lambda r: f"sk.eyJ1Ijoi{_n(r, 60)}.{_u(r, 22)}",
    "age": lambda r: "AGE-SECRET-KEY-1" + of(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "alibaba": lambda r: "LTAI5t" + _n(r, 18),
    "perplexity": lambda r: "pplx-" + _n(r, 48),
    "fireworks": lambda r: "fw_" + _n(r, 24),
    "figma": lambda r: "figd_" + _u(r, 40),
    "dropbox": lambda r: "sl." + _u(r, 135),
    "discord hook": lambda r: f"https://discord.com/api/webhooks/{r.randint(10**17, 10**18)}/{_u(r, 68)}",
    "facebook": lambda r: "EAACEdEose0cBA" + _n(r, 120),
    "heroku": lambda r: "HRKU-" + _uuid(r),
    "nvidia": lambda r: "nvapi-" + _u(r, 64),
    "jina": lambda r: "jina_" + _n(r, 60),
    "cerebras": lambda r: "csk-" + of(r, string.ascii_lowercase + string.digits, 48),
    "tavily": lambda r: "tvly-" + r.choice(["dev-", ""]) + _n(r, 32),
    "confluent": lambda r: "cflt" + of(r, _B64, 60),
    "firebase": lambda r: f"AAAA{_u(r, 7)}:APA91b{_u(r, 134)}",
    "deepseek": lambda r: "sk-" + _h(r, 32),
}
NAMED: dict[str, tuple[tuple[str, ...], Callable[[Random], str]]] = {
    "aws secret": (("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "secretAccessKey"), lambda r: of(r, _B64, 40)),
    "api key": (
        ("api_key", "apiKey", "API_KEY", "x-api-key", "WEATHER_API_KEY", "cohereApiKey", "mistral_api_key"),
        lambda r: _n(r, r.choice([32, 40])),
    ),
    "datadog": (("DD_API_KEY", "datadog_api_key", "dd-api-key"), lambda r: _h(r, 32)),
    "azure key": (("AZURE_OPENAI_API_KEY", "Ocp-Apim-Subscription-Key", "azure_key"), lambda r: _h(r, 32)),
    "storage key": (("AccountKey", "account_key", "AZURE_STORAGE_KEY"), lambda r: of(r, _B64, 86) + "=="),
    "client secret": (
        ("client_secret", "clientSecret", "OAUTH_CLIENT_SECRET", "consumer_secret"),
        lambda r: _u(r, r.choice([24, 40])),
    ),
    "session": (
        ("session_token", "sessionid", "refresh_token", "access_token", "csrf_token", "auth_token"),
        lambda r: _u(r, 43),
    ),
    "django": (("SECRET_KEY", "secret_key", "JWT_SECRET", "signing_secret", "webhook_secret"), lambda r: _u(r, 50)),
    "password": (
        ("password", "passwd", "DB_PASSWORD", "pwd", "db_pass", "smtpPassword", "userPassword"),
        lambda r: r.choice(
            [
                r.choice(["Winter", "dragon", "Sommer", "hunter", "Qwerty"])
                + r.choice("!#$%&*")
                + str(r.randint(10, 9999)),
                of(r, _ALNUM + "!#$%*", 14),
                "-".join(r.choice(["correct", "horse", "battery", "staple", "river", "mango"]) for _ in range(4)),
            ]
        ),
    ),
    "uuid key": (("HEROKU_API_KEY", "heroku_api_key", "pinecone_api_key"), _uuid),
}
"""What only its name gives away."""


def jwt(r: Random) -> str:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    head = part({"alg": r.choice(["HS256", "RS256"]), "typ": "JWT"})
    return f"{head}.{part({'sub': str(r.randint(10**6, 10**9)), 'iat': r.randint(16 * 10**8, 17 * 10**8)})}.{_u(r, 43)}"


def private_key(r: Random) -> str:
    name = r.choice(["RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "])
    lines = [of(r, _B64, 64) for _ in range(r.randint(3, 12))] + [of(r, _B64, 30) + "=="]
    end = r.choice(["\n", "\\n", "\\n"])
    return end.join([f"-----BEGIN {name}PRIVATE KEY-----", *lines, f"-----END {name}PRIVATE KEY-----"])


def connection(r: Random) -> tuple[str, str, str]:
    """What stands before a password, the password, what stands behind it."""
    word = r.choice(["Winter", "s3cr", "Pa55", "kafka"]) + _n(r, r.choice([4, 12]))
    user, host = (
        r.choice(["app", "svc_orders", "root", "etl"]),
        r.choice(["db.internal:5432", "10-2-3-4.node:6379", "prod.acme.net"]),
    )
    return r.choice(
        [
            (f"postgresql://{user}:", word, f"@{host}/orders"),
            (f"postgres+asyncpg://{user}:", word, f"@{host}/orders?sslmode=require"),
            (f"mysql://{user}:", word, f"@{host}/shop"),
            (f"mongodb+srv://{user}:", word, "@cluster0.ab1cd.mongodb.net/?retryWrites=true"),
            ("redis://:", word, f"@{host}/0"),
            (f"amqps://{user}:", word, f"@{host}/vhost"),
            (f"https://{user}:", word, f"@{host}/repo.git"),
            (f"Server=tcp:sql.acme.net,1433;Database=crm;User ID={user};Password=", word, ";Encrypt=True;"),
            (f"jdbc:postgresql://{host}/crm?user={user}&password=", word, "&ssl=true"),
            (f"host={host} dbname=crm user={user} password=", word, " sslmode=require"),
            (f"Data Source=srv;Initial Catalog=crm;Uid={user};Pwd=", word, ";"),
            (
                "DefaultEndpointsProtocol=https;AccountName=acmelogs;AccountKey=",
                of(r, _B64, 86) + "==",
                ";EndpointSuffix=core.windows.net",
            ),
            (f"curl -u {user}:", word, " https://api.acme.net/v1/items"),
            (f"mysql -h db1 -u {user} -p", word, " crm"),
            ("sshpass -p ", word, f" ssh {user}@bastion"),
            ("export PGPASSWORD=", word, "; psql -h db1"),
            ('<input type="password" name="pw" value="', word, '">'),
            ("--password=", word, " --port 5432"),
            ("Authorization: Bearer ", _u(r, 40), ""),
            ("-H 'Authorization: Bearer ", _u(r, 64), "' https://api.acme.net"),
            ("Authorization: Basic ", base64.b64encode(f"{user}:{word}".encode()).decode(), ""),
            ("my password is ", word + "!7", ", can you reset it?"),
            ("the password for the wifi is ", word + "9$", " by the way"),
            ("dsn=https://", _h(r, 32), f"@o{r.randint(10**5, 10**6)}.ingest.sentry.io/{r.randint(10**6, 10**7)}"),
            ("machine api.acme.net login deploy password ", word, ""),
        ]
    )
