"""Vector stores over HTTP, as far as their clients need: Pinecone's queries and Weaviate's GraphQL."""

from collections.abc import Iterable
from typing import Any

from tests.support.models.answer import Json


def pinecone_query(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    matches = [{"id": f"d{i}", "score": 0.9 - i / 10, "metadata": {"text": f"document {i}"}} for i in range(2)]
    return {}, {"matches": matches, "namespace": "", "usage": {"readUnits": 5}}, (), "application/json"


def pinecone_upsert(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    return {}, {"upsertedCount": len(body.get("vectors") or [])}, (), "application/json"


ROUTES = ((r"^/query$", pinecone_query), (r"^/vectors/upsert$", pinecone_upsert))
