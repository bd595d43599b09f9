"""What the command's exit codes mean, and which error leads to which."""

from enum import IntEnum

from nilometer.schemas.errors import BrokerError, ConfigurationError, KeyUnavailableError, NilometerError


class ExitCode(IntEnum):
    """Of the `nilometer` command; docs/operate.md lists them."""

    OK = 0
    FINDING = 1
    """A check failed: refused lines, a finding of `doctor`, a plan that was not carried out, the demo's truth."""
    USAGE = 2
    """Wrong usage, a wrong setting, or a file that cannot be read or written."""
    BROKER = 3
    """The broker cannot be reached, or refused."""
    KEYS = 4
    """A key that is needed is not there."""
    BUSY = 5
    """Another `nilometer up` runs under this home and environment."""
    FULL = 6
    """The embedded broker reached its memory limit; `up` drained it and stopped."""
    INTERRUPTED = 130


class AlreadyRunningError(NilometerError):
    """Another `nilometer up` runs under this home and environment."""


class StartError(NilometerError):
    """The stack did not become ready."""


def exit_code(error: NilometerError) -> ExitCode:
    match error:
        case BrokerError():
            return ExitCode.BROKER
        case KeyUnavailableError():
            return ExitCode.KEYS
        case AlreadyRunningError():
            return ExitCode.BUSY
        case ConfigurationError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FINDING
