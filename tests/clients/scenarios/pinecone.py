# Vectors added and searched.
import os

from pinecone import Pinecone

index = Pinecone(api_key="made-up").Index(host=os.environ["MODELS"])
index.upsert(vectors=[{"id": "d0", "values": [0.1, 0.2], "metadata": {"text": "document 0"}}])
index.query(vector=[0.1, 0.2], top_k=2, include_metadata=True)
