"""Why an event could not be masked; never with a value of it."""

from nilometer.schemas.errors import NilometerError


class MaskError(NilometerError):
    """What cannot be masked is not passed on. `error_type` is machine-readable."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
