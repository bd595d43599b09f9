"""What is masked, and how."""

from typing import Literal

from pydantic import Field

from nilometer.schemas.settings.section import Section


class MaskingSettings(Section):
    """What leaves the worker."""

    language: str = Field(default="en", description="Of the recognisers.")
    entities: list[str] = Field(default_factory=list, description="Kinds to mask; empty: all that the engine knows.")
    score_threshold: float = Field(default=0.35, ge=0, le=1, description="How sure a recogniser must be, 0 to 1.")
    user_ids: Literal["pseudonym", "keep"] = Field(
        default="pseudonym", description="pseudonym: keyed, the same for the same user."
    )
    allow: list[str] = Field(default_factory=list, description="Exact texts that are never masked.")
    deny: list[str] = Field(default_factory=list, description="Exact texts that are always masked.")
    max_text_characters: int = Field(
        default=1_000_000, ge=1_000, description="Longer texts are not passed on: dead letter."
    )
