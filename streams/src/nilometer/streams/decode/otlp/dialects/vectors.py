"""Vector stores, as OpenLLMetry records them: Chroma, Qdrant, Pinecone, Weaviate and others with `db.*` attributes."""

from typing import Any

from nilometer.streams.decode.otlp.draft import Draft, first, loosely, whole
from nilometer.streams.decode.otlp.records import OtlpEvent

_STORES = (
    "chroma",
    "qdrant",
    "pinecone",
    "weaviate",
    "milvus",
    "lancedb",
    "marqo",
    "redis",
    "elasticsearch",
    "pgvector",
)
_QUERIES = ("query", "search", "get", "recommend", "discover", "near", "bm25", "hybrid", "scroll", "fetch", "ask")
_TOP_K = (
    "db.vector.query.top_k",
    "db.chroma.query.n_results",
    "qdrant.search.limit",
    "qdrant.query.limit",
    "pinecone.query.top_k",
    "db.pinecone.query.top_k",
    "db.weaviate.query.limit",
    "db.milvus.search.limit",
    "db.lancedb.search.limit",
)
_RESULT = "db.query.result"
_PINECONE = "pinecone.query.result"
_EMBEDDINGS = "db.query.embeddings"


def read(draft: Draft) -> None:
    system = draft.get("db.system", "db.system.name")
    if not isinstance(system, str) or not system.lower().startswith(_STORES):
        return
    operation = draft.get("db.operation", "db.operation.name")
    # Some set none; the span's name ends with it: `qdrant.search`, `db.weaviate.query.get`.
    done = str(operation or draft.span.name.partition(".")[2]).lower()
    results = [event for event in draft.events if event.name in (_RESULT, _PINECONE)]
    if results or any(done.rpartition(".")[2].startswith(name) or done.startswith(name) for name in _QUERIES):
        draft.set("operation", "retrieval")
        draft.set("provider", system.lower())
        found = first(whole(draft.get(name)) for name in _TOP_K)
        if found is not None:
            draft.set("retrieval_top_k", found)
        documents = [_document(event) for event in results]
        if documents:
            draft.set("retrieval_documents", documents)
            draft.events = [event for event in draft.events if event not in results]


def _document(event: OtlpEvent) -> dict[str, Any]:
    """`{"id", "distance" or "score", "metadata", "content"}`"""
    found: dict[str, Any] = {}
    for name, value in event.attributes.items():
        short = name.removeprefix(_RESULT + ".").removeprefix(_PINECONE + ".")
        found[{"document": "content"}.get(short, short)] = loosely(value) if short == "metadata" else value
    return found
