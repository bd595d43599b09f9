"""docker-compose.yml and the Dockerfile: of the specification's form, and everything that they name exists."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml
from jsonschema.validators import validator_for
from pydantic import BaseModel

from nilometer.console.cli.app import app
from nilometer.schemas.settings import GatewaySettings, Settings, load_settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("nilometer")}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Airflow's commands and settings, as it says in a process of its own: it configures itself when imported."""
    code = """
import json
import os
from airflow.cli.cli_config import core_commands
from airflow.configuration import conf
options = {section: list(known["options"]) for section, known in conf.configuration_description.items()}
secret = ["/".join(pair) for pair in conf.sensitive_config_values]
print(json.dumps({"commands": [known.name for known in core_commands], "options": options, "secret": secret}))
"""
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def words(service: dict[str, Any]) -> list[list[str]]:
    """The commands that a service runs, a shell's taken apart."""
    command: list[str] = service.get("command", [])
    if command[:2] == ["sh", "-c"]:
        return [part.split() for part in re.split(r"\|\||&&|;", command[2])]
    return [command]


def sources(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Volume and place of each mount."""
    return [(source, target) for source, target, *_ in (mount.split(":") for mount in service.get("volumes", []))]


def test_it_follows_the_compose_specification() -> None:
    """The specification's JSON Schema comes with check-jsonschema, which keeps it up to date."""
    package = importlib.metadata.distribution("check-jsonschema")
    schema = json.loads(
        Path(str(package.locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json"))).read_text()
    )
    validator = validator_for(schema)(schema)
    validator.validate(COMPOSE)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(COMPOSE | {"services": {"kafka": {"imagge": "x"}}})


def test_docker_compose_takes_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    done = subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_all_parts_of_the_stack_are_there() -> None:
    modules = {command[2] for service in OURS.values() for command in words(service) if command[:2] == ["python", "-m"]}
    assert modules == {
        "nilometer.streams.worker",
        "nilometer.warehouse.loader",
        "nilometer.streams.detector",
        "nilometer.streams.notify",
        "nilometer.producers.gateway",
        "nilometer.producers.collector",
        "nilometer.streams.forward",
    }
    assert {"kafka", "postgres", "airflow-scheduler", "airflow-api", "airflow-dag-processor"} <= set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str, airflow: dict[str, Any]) -> None:
    for command in words(OURS[name]):
        match command:
            case ["python", "-m", module, *_]:
                spec = importlib.util.find_spec(module)
                assert spec is not None, module
            case ["nilometer", *arguments]:
                node: Any = typer.main.get_command(app)
                for word in (word for word in arguments if not word.startswith("-")):
                    assert word in node.commands, f"nilometer {word}"
                    node = node.commands[word]
                known = {option for parameter in node.params for option in parameter.opts}
                assert {word for word in arguments if word.startswith("-")} <= known
            case ["airflow", command_name, *_]:
                assert command_name in airflow["commands"]
            case ["ls" | "cp", *_]:
                pass
            case _:
                pytest.fail(f"{name} runs {command}, of which this test knows nothing")


@pytest.mark.parametrize("name", OURS)
def test_settings_exist_and_can_be_read(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment: dict[str, str] = OURS[name]["environment"]
    ours = {key: value for key, value in environment.items() if key.startswith("NILOMETER_")}
    assert ours
    for key, value in ours.items():
        model: Any = Settings
        for part in key.removeprefix("NILOMETER_").lower().split("__"):
            assert issubclass(model, BaseModel)
            assert part in model.model_fields, key
            model = model.model_fields[part].annotation
        monkeypatch.setenv(key, re.sub(r"\$\{[A-Z_]+:-(.*?)\}", r"\1", value))
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.environment == "prod"
    assert settings.broker.bootstrap_servers == "kafka:9092"


def test_airflows_settings_exist(airflow: dict[str, Any]) -> None:
    for name, service in SERVICES.items():
        for key in service.get("environment", {}):
            if not key.startswith("AIRFLOW__"):
                continue
            section, option = key.removeprefix("AIRFLOW__").lower().split("__")
            if option.endswith("_cmd"):
                option = option.removesuffix("_cmd")
                assert f"{section}/{option}" in airflow["secret"], f"{name}: {key} is not read from a command"
            assert option in airflow["options"][section], f"{name}: {key}"


def test_volumes_secrets_and_configs_are_declared_and_used() -> None:
    for kind in ("secrets", "configs"):
        used = {
            entry if isinstance(entry, str) else entry["source"]
            for service in SERVICES.values()
            for entry in service.get(kind, [])
        }
        assert used == set(COMPOSE[kind]), kind
    assert {source for service in SERVICES.values() for source, _ in sources(service)} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_volumes_are_where_the_image_has_a_folder_for_them(name: str) -> None:
    installed = re.search(r"install -d -o nilometer.*?((?:\s+/\S+)+)\n", DOCKERFILE.replace("\\\n", ""))
    assert installed
    folders = installed[1].split()
    for _, target in sources(OURS[name]):
        assert target in folders


@pytest.mark.parametrize("name", OURS)
def test_secrets_that_settings_name_are_given(name: str) -> None:
    service = OURS[name]
    named = set(re.findall(r"/run/secrets/(\w+)", json.dumps(service["environment"])))
    assert named <= set(service["secrets"]), "a setting names a file that is not mounted"


def test_only_the_worker_has_the_private_keys() -> None:
    holders = {name for name, service in SERVICES.items() if "keys" in {source for source, _ in sources(service)}}
    assert holders == {"worker", "keys"}
    assert "keys:/var/lib/nilometer/keys:ro" in SERVICES["worker"]["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_this_machines_only_and_something_listens_there(name: str) -> None:
    service = SERVICES[name]
    for port in service.get("ports", []):
        address, published, inner = port.split(":")
        assert address == "127.0.0.1"
        assert published == inner
        assert inner in json.dumps(service.get("environment", {})) + json.dumps(service.get("command", []))


def test_the_gateway_has_the_public_key_only_and_asks_for_api_keys() -> None:
    environment = OURS["gateway"]["environment"]
    directory = environment["NILOMETER_KEYS__DIRECTORY"]
    assert ("gateway", directory) in sources(OURS["gateway"])
    assert ("gateway", directory) in sources(OURS["keys"])
    copied = words(OURS["keys"])[-1]
    assert copied[:4] == ["cp", "-p", "-t", directory]
    assert all(file.endswith(".public") for file in copied[4:])
    assert not GatewaySettings(host=environment["NILOMETER_GATEWAY__HOST"]).is_loopback()
    assert "NILOMETER_GATEWAY__REQUIRE_KEY" not in environment


def test_addresses_inside_are_services_that_listen() -> None:
    kafka = SERVICES["kafka"]["environment"]
    assert OURS["worker"]["environment"]["NILOMETER_BROKER__BOOTSTRAP_SERVERS"] in kafka["KAFKA_ADVERTISED_LISTENERS"]
    assert ":9092" in kafka["KAFKA_LISTENERS"]
    assert "host=postgres " in OURS["loader"]["environment"]["NILOMETER_WAREHOUSE__CATALOG"]
    api = OURS["airflow-scheduler"]["environment"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert api == "http://airflow-api:8080/execution/"


@pytest.mark.parametrize("name", OURS)
def test_ours_run_without_rights(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert re.search(r"^USER 10001", DOCKERFILE, re.MULTILINE)


def test_what_stays_up_says_whether_it_is_healthy_and_what_it_waits_for_exists() -> None:
    for name, service in SERVICES.items():
        if service["restart"] != "no":
            assert "healthcheck" in service, name
        for other, wanted in service.get("depends_on", {}).items():
            assert other in SERVICES
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert SERVICES[other]["restart"] == "no", f"{other} never completes"


@pytest.mark.parametrize(
    ("service", "ready"),
    [
        ("worker", "worker-1"),
        ("loader", "loader"),
        ("detector", "detector"),
        ("notifier", "notifier"),
        ("gateway", "gateway"),
        ("collector", "collector"),
        ("forward", "forward"),
    ],
)
def test_health_is_the_file_that_the_process_leaves(service: str, ready: str) -> None:
    run = "/var/lib/nilometer/run"
    assert SERVICES[service]["healthcheck"]["test"][1] == f"ls {run}/*/{ready}.ready"
    assert run in SERVICES[service]["tmpfs"], "what a dead container left must not count"


def test_no_password_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|CONN", key) and key != "NILOMETER_KEYS__DIRECTORY":
                assert key.endswith(("_FILE", "_CMD")), f"{name}: {key}"
                assert "/run/secrets/" in str(value)
    assert all(secret["file"].startswith(".secrets/") for secret in COMPOSE["secrets"].values())
    assert ".secrets" in (ROOT / ".gitignore").read_text()


def test_make_secrets_makes_all_of_them_once(tmp_path: Path) -> None:
    for tool in ("make", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for _ in range(2):
        subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    folder = tmp_path / ".secrets"
    first = {file.name: file.read_text() for file in folder.iterdir()}
    assert {f".secrets/{name}" for name in first} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    given = {"webhooks", "forward_headers"}
    assert all(value for name, value in first.items() if name not in given)
    assert f":{first['catalog_password']}@postgres/airflow" in first["airflow_connection"]
    assert not any("\n" in value for value in first.values())
    assert len(set(first.values())) == len(first) - len(given) + 1, "but for the two that are empty"


def test_the_dockerfile_copies_what_exists() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *files, _ = line.split()
        for file in files:
            assert (ROOT / file).exists(), file
    members = re.search(r"members = \[(.*?)\]", (ROOT / "pyproject.toml").read_text())
    assert members
    ignore = (ROOT / ".dockerignore").read_text()
    for member in re.findall(r'"(\w+)"', members[1]):
        assert f"COPY {member}/pyproject.toml {member}/" in DOCKERFILE
        assert f"!{member}\n" in ignore
