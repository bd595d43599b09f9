"""Checking a value against a JSON Schema that came with the traffic, so one that nobody vouches for.

Nothing is fetched: a `$ref` that leads out of the schema makes it unusable. `pattern` and `patternProperties` are left
out, for masking changes the texts that they are about, and one crafted pattern could hold up a run for ever. For the
same reason what a mask stands in for is not held against a value.
"""

import functools
import json
from typing import Any

import referencing
import referencing.exceptions
from jsonschema import Draft202012Validator, SchemaError
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from nilometer.evaluation.scores.parsing import MASK

_MAPS_OF_SCHEMAS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_VALUES = frozenset({"enum", "const", "default", "examples"})
_WITH_PATTERNS = frozenset({"patternProperties", "additionalProperties", "unevaluatedProperties"})
_MAX_VIOLATIONS = 20


class UnusableSchemaError(ValueError):
    """A schema is not valid, refers to what is elsewhere, or never ends. It quotes nothing."""


def violations(value: Any, schema: Any) -> tuple[list[str], int]:
    """The keywords that the value violates (`required`, `type`, …), each once, and how often only a mask did.

    Raises UnusableSchemaError.
    """
    validator = _validator(json.dumps(schema, sort_keys=True))
    found: dict[str, None] = {}
    masked = 0
    try:
        for n, error in enumerate(validator.iter_errors(value)):
            if n >= _MAX_VIOLATIONS:
                break
            if _is_masked(error):
                masked += 1
            else:
                found[str(error.validator)] = None
    except (referencing.exceptions.Unresolvable, RecursionError, TypeError, ValueError):
        raise UnusableSchemaError("the schema cannot be used") from None
    return list(found), masked


@functools.lru_cache(maxsize=256)
def _validator(text: str) -> Validator:
    schema = _without_patterns(json.loads(text))
    try:
        cls = validator_for(schema, default=Draft202012Validator)
        cls.check_schema(schema)
    except (SchemaError, RecursionError, TypeError, ValueError, AttributeError):
        # jsonschema takes the URI of `$schema` for a text without looking.
        raise UnusableSchemaError("the schema is not valid") from None
    return cls(schema, registry=referencing.Registry())


def _is_masked(error: ValidationError) -> bool:
    """Whether what is wrong is a text that masking put there, directly or under every branch of a choice."""
    if error.context:
        return any(_is_masked(branch) for branch in error.context)
    return isinstance(error.instance, str) and MASK.search(error.instance) is not None


def _without_patterns(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_patterns(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = {"pattern"} | (_WITH_PATTERNS if "patternProperties" in schema else set[str]())
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in dropped:
            continue
        if key in _MAPS_OF_SCHEMAS and isinstance(value, dict):
            kept[key] = {name: _without_patterns(item) for name, item in value.items()}
        else:
            kept[key] = value if key in _VALUES else _without_patterns(value)
    return kept
