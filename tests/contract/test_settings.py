"""Settings: the file, above it the environment, above that the caller; mistakes are named, secrets are not shown."""

from pathlib import Path

import pytest

from nilometer.schemas.broker import client_config
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Settings, load_settings

SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NILOMETER_HOME", raising=False)
    return tmp_path


def write(folder: Path, text: str, name: str = "nilometer.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_defaults_need_no_file() -> None:
    assert load_settings() == Settings()


def test_environment_stands_above_file_and_caller_above_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, 'environment = "file"\nhome = "from-file"\n[topics]\npartitions = 8\nraw_retention_hours = 2\n')
    assert load_settings().environment == "file"
    monkeypatch.setenv("NILOMETER_ENVIRONMENT", "variable")
    monkeypatch.setenv("NILOMETER_TOPICS__PARTITIONS", "2")
    settings = load_settings()
    assert (settings.environment, str(settings.home)) == ("variable", "from-file")
    assert (settings.topics.partitions, settings.topics.raw_retention_hours) == (2, 2), "tables are merged by field"
    assert load_settings(environment="caller").environment == "caller"
    assert load_settings(environment="caller").topics.partitions == 2


def test_another_file_can_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, 'environment = "here"')
    other = write(folder, 'environment = "there"', "other.toml")
    assert load_settings(other).environment == "there"
    monkeypatch.setenv("NILOMETER_CONFIG", str(other))
    assert load_settings().environment == "there"
    monkeypatch.setenv("NILOMETER_CONFIG", "gone.toml")
    with pytest.raises(ConfigurationError, match=r"gone\.toml: no such file"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("enviroment = 'x'", "enviroment"),
        ("[broker]\nbootstrap_server = 'x'", r"broker\.bootstrap_server\b"),
        ("[topics]\npartitions = 0", r"topics\.partitions"),
        ("[topics]\npartitions = 'many'", r"topics\.partitions"),
        ("environment = 'Not A Name'", "environment"),
        ("[[detector.rules]]\nname = 'r'\nmetric = 'error_rate'", r"detector\.rules\.0.*exactly one of"),
        ("[[detector.rules]]\nname = 'r'\nmetric = 'error_rate'\nabove = 1\nby = ['colour']", "unknown dimension"),
        ("[[detector.rules]]\nname = 'r'\nmetric = 'latency_ms'\nabove = 1", "quantile"),
        ("[validation]\nearliest = 'yesterday'", r"validation\.earliest"),
        ("this is no toml", r"nilometer\.toml"),
    ],
)
def test_a_mistake_in_the_file_is_named(folder: Path, text: str, says: str) -> None:
    write(folder, text)
    with pytest.raises(ConfigurationError, match=says):
        load_settings()


def test_a_mistake_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NILOMETER_BROKER__BOOTSTRAP_SERVER", "x")
    with pytest.raises(ConfigurationError, match=r"broker\.bootstrap_server\b"):
        load_settings()


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "nilometer.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"nilometer\.toml: not UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    "text",
    [
        f"[broker]\nsasl_password = '{SECRET}'\nsasl_mechanism = 'NONE'",
        f"[broker]\nsasl_password = ['{SECRET}']",
        f"[broker]\nsecurity_protocol = '{SECRET}'",
        f"sasl_password = '{SECRET}'",
        f"[notifier]\nwebhooks = '{SECRET}'",
        f"[topics]\npartitions = '{SECRET}'",
    ],
)
def test_no_error_quotes_a_value(folder: Path, text: str) -> None:
    write(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_secrets_are_not_shown(folder: Path) -> None:
    write(
        folder,
        f"[broker]\nsasl_password = '{SECRET}'\nssl_key_password = '{SECRET}'\n"
        f"[schema_registry]\npassword = '{SECRET}'\n"
        f"[warehouse]\ncatalog_password = '{SECRET}'\n"
        f"[notifier]\nwebhooks = ['https://hooks.test/{SECRET}']\napprise = ['slack://{SECRET}']\n",
    )
    settings = load_settings()
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown
    assert settings.broker.sasl_secret() == SECRET
    assert settings.schema_registry.secret() == SECRET
    assert settings.warehouse.secret() == SECRET


def test_secrets_come_from_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder, f"{SECRET}\n", "password")
    monkeypatch.setenv("NILOMETER_BROKER__SASL_PASSWORD_FILE", str(file))
    monkeypatch.setenv("NILOMETER_BROKER__SSL_KEY_PASSWORD_FILE", str(file))
    monkeypatch.setenv("NILOMETER_SCHEMA_REGISTRY__PASSWORD_FILE", str(file))
    monkeypatch.setenv("NILOMETER_WAREHOUSE__CATALOG_PASSWORD_FILE", str(file))
    settings = load_settings()
    assert settings.broker.sasl_secret() == SECRET, "without the line's end"
    assert settings.broker.ssl_key_secret() == SECRET
    assert settings.schema_registry.secret() == SECRET
    assert settings.warehouse.secret() == SECRET


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NILOMETER_BROKER__SASL_PASSWORD_FILE", "/nowhere/password")
    monkeypatch.setenv("NILOMETER_BROKER__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="/nowhere/password"):
        client_config(load_settings())


def test_settings_do_not_change(settings: Settings) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.topics.partitions = 9  # pyright: ignore[reportAttributeAccessIssue]
