"""Errors of Nilometer.

    NilometerError
    ├── ConfigurationError      a setting is missing or wrong; the message names it
    ├── KeyUnavailableError     no key, or not the one that sealed this
    ├── WireError               a record is not of our wire format
    └── BrokerError             the broker cannot be reached or refused

`transient` says whether trying again can help.
"""


class NilometerError(Exception):
    """The base of all errors that Nilometer raises on purpose. Its text holds places and types, never values."""

    transient = False


class ConfigurationError(NilometerError):
    """A setting is missing or wrong."""


class KeyUnavailableError(NilometerError):
    """There is no key, or not the one that sealed this."""


class WireError(NilometerError):
    """A record is not of our wire format. `error_type` says how, for machines."""

    def __init__(self, message: str, error_type: str = "not_our_format") -> None:
        super().__init__(message)
        self.error_type = error_type


class BrokerError(NilometerError):
    """The broker cannot be reached, or refused."""

    transient = True
