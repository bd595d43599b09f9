# Documents added and searched.
import chromadb

collection = chromadb.EphemeralClient().create_collection("places")
vectors = [[0.1, 0.2], [0.3, 0.4]]
collection.add(
    ids=["a", "b"], documents=["Cairo is sunny.", "Giza is near."], embeddings=vectors, metadatas=[{"n": 1}, {"n": 2}]
)
collection.query(query_embeddings=[[0.1, 0.2]], n_results=2)
collection.get(ids=["a"])
