"""What the settings' masking policy would let through, as `config check`, `doctor` and the worker's start see it."""

from collections.abc import Iterator
from contextlib import closing, suppress

from nilometer.schemas import apikeys
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.settings import Settings


def complaints(settings: Settings) -> Iterator[str]:
    """One line for each, with the place and what to write where it is meant. Raises ConfigurationError for a policy
    that makes no sense."""
    from nilometer.streams.mask import check

    masking = settings.masking
    own = check.problems(masking, settings.environment)
    yield from map(str, own)
    for environment in check.environments(masking):
        if environment != settings.environment:
            others = check.problems(masking, environment)
            yield from (f"{problem} (in the environment {environment})" for problem in others if problem not in own)
    known = _projects(settings)
    if known:
        yield from map(str, check.unknown_projects(masking, known))


def unchecked(settings: Settings) -> str | None:
    """Why the names of projects could not be checked."""
    named = [rule.project for rule in settings.masking.rules if rule.project is not None]
    if not named or _projects(settings):
        return None
    return "masking.rules name projects; none is known yet, from API keys or the warehouse, to check them with"


def _projects(settings: Settings) -> set[str]:
    """Of API keys and of what is in the warehouse."""
    from nilometer.warehouse.catalog import Catalog

    found: set[str] = set()
    # `doctor` says what is wrong with the keys' file.
    with suppress(NilometerError):
        found |= {key.project for key in apikeys.read(apikeys.keys_file(settings)) if key.project is not None}
    catalog = Catalog(settings)
    if catalog.made:
        with closing(catalog.reader()) as connection:
            found |= {
                row[0]
                for row in connection.execute("SELECT DISTINCT project FROM spans WHERE project IS NOT NULL").fetchall()
            }
    return found
