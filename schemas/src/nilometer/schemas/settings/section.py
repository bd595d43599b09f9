"""What the sections of the settings share."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from nilometer.schemas.errors import ConfigurationError

MEBIBYTE = 1024 * 1024


class Section(BaseModel):
    """A table of `nilometer.toml`: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def secret_of(value: SecretStr | None, file: Path | None) -> str | None:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"cannot read the secret file {file}: {error.strerror}") from None


def lines_of(values: list[SecretStr], file: Path | None) -> list[str]:
    """Secrets, given themselves or one a line of a file."""
    found = [value.get_secret_value() for value in values] + (secret_of(None, file) or "").splitlines()
    return [text.strip() for text in found if text.strip()]
