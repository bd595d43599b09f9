"""The recipes of docs/clients.md and the table of what is tried are the same."""

import ast

import pytest

from tests.clients.missing import documented
from tests.clients.recipes import DOCS, recipes
from tests.clients.table import CLIENTS


def test_every_recipe_is_run_by_a_client_and_every_client_runs_one() -> None:
    assert {client.recipe for client in CLIENTS} == set(recipes())


@pytest.mark.parametrize("name", sorted(recipes()))
def test_recipes_are_python_and_name_what_they_need(name: str) -> None:
    recipe = recipes()[name]
    assert recipe.install
    if recipe.language == "python":
        ast.parse(recipe.around("pass"))


def test_clients_have_names_of_their_own() -> None:
    names = [client.name for client in CLIENTS]
    assert len(names) == len(set(names))


def test_what_is_never_sent_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert documented(text) == text, "run `uv run python -m tests.clients.missing`"
