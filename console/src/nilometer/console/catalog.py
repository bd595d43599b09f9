"""Every setting: its name, type, default and meaning, read from the model, and where its value comes from."""

import os
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from nilometer.schemas.settings import Destination, Rule, Settings

REDACTED = "(set, not shown)"
PREFIX = "NILOMETER_"


@dataclass(frozen=True)
class Setting:
    """One setting. `name` is dotted, as in `[section] name` of nilometer.toml."""

    name: str
    type: str
    default: Any
    description: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace(".", "__")


def settings_list(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[Setting]:
    """All settings, in the order of the model."""
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from settings_list(section, f"{prefix}{name}.")
            continue
        yield Setting(f"{prefix}{name}", type_text(field.annotation), _default(field), field.description or "")


def sections() -> dict[str, str]:
    """Name of each section → what it is about."""
    return {
        name: (field.annotation.__doc__ or "").strip()
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def value_of(settings: Settings, name: str) -> Any:
    """The value in force, with secrets replaced by a word that there is one."""
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return redact(value)


def redact(value: Any) -> Any:
    match value:
        case SecretStr():
            return REDACTED
        case BaseModel():
            return {name: redact(getattr(value, name)) for name in type(value).model_fields}
        case list() | tuple():
            return [redact(one) for one in value]
        case dict():
            return {name: redact(one) for name, one in value.items()}
        case _:
            return value


def origins(config: Path | None, given: Mapping[str, Any]) -> dict[str, str]:
    """Name of each setting → where its value comes from: an option, a variable, the file, or its default."""
    named = config or (Path(os.environ["NILOMETER_CONFIG"]) if os.environ.get("NILOMETER_CONFIG") else None)
    file = named or Path("nilometer.toml")
    values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    variables = {name.upper() for name in os.environ}
    found: dict[str, str] = {}
    for setting in settings_list():
        if given.get(setting.name) is not None:
            found[setting.name] = f"--{setting.name}"
        elif variable := _variable(setting, variables):
            found[setting.name] = variable
        elif _in(values, setting.name):
            found[setting.name] = str(file)
        else:
            found[setting.name] = "default"
    return found


def unknown_variables() -> list[str]:
    """Variables that begin like ours and name no setting: most likely misspelt."""
    known = {setting.variable for setting in settings_list()} | {"NILOMETER_CONFIG"}
    known |= {PREFIX + name.upper() for name in sections()}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def type_text(annotation: Any) -> str:
    """A type as a person writes it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return "none"
    if origin is Literal:
        return " | ".join(str(argument) for argument in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(type_text(argument) for argument in arguments if argument is not type(None))
    if origin is list:
        return f"list of {type_text(arguments[0])}"
    if origin is dict:
        return f"table of {type_text(arguments[1])}"
    names = {str: "text", int: "whole number", float: "number", bool: "true | false", Path: "path", SecretStr: "secret"}
    names |= {Rule: "rule", Destination: "destination"}
    return names.get(annotation, str(getattr(annotation, "__name__", annotation)))


def _default(field: FieldInfo) -> Any:
    return redact(field.get_default(call_default_factory=True))


def _variable(setting: Setting, variables: set[str]) -> str | None:
    if setting.variable in variables:
        return setting.variable
    section = PREFIX + setting.name.split(".", 1)[0].upper()
    return section if "." in setting.name and section in variables else None


def _in(values: Mapping[str, Any], name: str) -> bool:
    here: Any = values
    for part in name.split("."):
        if not isinstance(here, dict) or part not in here:
            return False
        here = here[part]
    return True
