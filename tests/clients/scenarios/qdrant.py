# Points added, searched and scrolled through.
from qdrant_client import QdrantClient, models

client = QdrantClient(":memory:")
client.create_collection("places", vectors_config=models.VectorParams(size=2, distance=models.Distance.COSINE))
points = [models.PointStruct(id=i, vector=[0.1 * i, 0.2], payload={"text": f"place {i}"}) for i in range(1, 4)]
client.upsert("places", points=points)
client.query_points("places", query=[0.1, 0.2], limit=2)
client.scroll("places", limit=2)
if hasattr(client, "search"):
    client.search("places", query_vector=[0.1, 0.2], limit=2)
