"""`nilometer keys api`, as a person types it."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from nilometer.schemas.apikeys import ApiKeys, keys_file
from nilometer.schemas.settings import Settings
from tests.support.tansu import tansu

COMMAND = [sys.executable, "-c", "from nilometer.console.cli import main; main()"]


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    servers = settings.broker.bootstrap_servers
    environment = {
        "PATH": "/usr/bin:/bin",
        "NILOMETER_HOME": str(settings.home),
        "NILOMETER_BROKER__BOOTSTRAP_SERVERS": str(servers),
        "NILOMETER_BROKER__EMBEDDED": "true",
    }
    return subprocess.run(
        [*COMMAND, "keys", "api", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_keys_are_made_rotated_listed_and_revoked(tmp_path: Path) -> None:
    with tansu(tmp_path) as settings:
        made = json.loads(run(settings, "create", "shop", "--project", "checkout", "--expires", "90d").stdout)
        rotated = json.loads(run(settings, "rotate", made["key_id"], "--overlap", "1h").stdout)
        assert run(settings, "revoke", made["key_id"]).returncode == 1
        assert run(settings, "revoke", made["key_id"], "--yes").returncode == 0
        listed = run(settings, "list", "--format", "json").stdout
        assert run(settings, "create", "shop", "--expires", "soon").returncode != 0
    states = {row["key_id"]: (row["state"], row["project"], row["scopes"]) for row in json.loads(listed)}
    assert states == {
        made["key_id"]: ("revoked", "checkout", "ingest"),
        rotated["key_id"]: ("valid", "checkout", "ingest"),
    }
    assert made["key"] not in listed
    checked = ApiKeys(keys_file(settings), "dev").check(rotated["key"], "ingest", datetime.now(UTC))
    assert checked.replaces == made["key_id"]
