"""Scores that need neither a reference nor a model. Each is a pure function of one subject."""
