"""A model server of our own: speaks the providers' APIs, makes its answers up, and writes down what it served.

`answer.py` decides what is said, `openai.py`, `anthropic.py`, `google.py`, `bedrock.py` and `others.py` say it in a
provider's words, `server.py` listens and keeps the truth: one line for each request.
"""

from tests.support.models.server import ModelServer

__all__ = ["ModelServer"]
