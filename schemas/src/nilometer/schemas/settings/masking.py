"""What is masked, and how."""

from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from nilometer.schemas.settings.section import Section

MaskingAction = Literal["placeholder", "pseudonym", "partial", "hash", "drop", "keep"]
"""placeholder `<PERSON>`, pseudonym `<PERSON:7f3a…>`, partial `<CREDIT_CARD:…1111>`, hash `<PERSON:9f86…>`, drop: the
value goes, keep: it stays."""


class MaskingRule(Section):
    """What is done with the kinds that it names, where it applies. What it does not name is any."""

    environment: str | None = Field(default=None, description="Only there.")
    project: str | None = Field(default=None, description="Only in spans of this project.")
    field: str | None = Field(default=None, description="Only in this field, e.g. tool_arguments.")
    kinds: list[str] = Field(
        default_factory=list,
        description="Kinds, e.g. PERSON, or classes: names, contact, financial, health, national_ids, secrets. "
        "None: all that are masked; with `drop` and a field, the field goes as a whole.",
    )
    action: MaskingAction = Field(description=f"{', '.join(get_args(MaskingAction))}.")


class MaskingSettings(Section):
    """What leaves the worker. The most specific rule holds: kind before class, then field, project, environment."""

    languages: list[str] = Field(
        default_factory=lambda: ["en"],
        min_length=1,
        description="Languages whose model looks for names; others than `en` where their spaCy model is installed.",
    )
    entities: list[str] = Field(default_factory=list, description="Kinds to mask; empty: all that the engine knows.")
    action: MaskingAction = Field(default="placeholder", description="What is done where no rule says otherwise.")
    rules: list[MaskingRule] = Field(
        default_factory=list[MaskingRule], description="Other actions by environment, project, field and kind."
    )
    score_threshold: float = Field(default=0.35, ge=0, le=1, description="How sure a recogniser must be, 0 to 1.")
    thresholds: dict[str, float] = Field(
        default_factory=dict[str, float], description="The same by kind or class, e.g. { PHONE_NUMBER = 0.5 }."
    )
    user_ids: MaskingAction = Field(
        default="pseudonym", description="Of the field user_id. pseudonym: keyed, the same for the same user."
    )
    session_ids: Literal["found", "placeholder", "pseudonym", "partial", "hash", "drop", "keep"] = Field(
        default="found", description="Of the field session_id. found: a pseudonym where something personal is in it."
    )
    media: Literal["placeholder", "drop", "keep"] = Field(
        default="placeholder",
        description="Of images, audio and other binary content: `<BLOB: N bytes>`, or none, or all.",
    )
    allow: list[str] = Field(default_factory=list, description="Exact texts that are never masked.")
    deny: list[str] = Field(default_factory=list, description="Exact texts that are always masked.")
    max_text_characters: int = Field(
        default=1_000_000, ge=1_000, description="Longer texts are not passed on: see on_failure."
    )
    max_text_seconds: float = Field(
        default=20,
        ge=0.001,
        le=600,
        description="All patterns have so long for one text, or for 20,000 characters of a long one. What takes longer "
        "is not passed on: see on_failure.",
    )
    on_failure: Literal["placeholder", "dead_letter"] = Field(
        default="placeholder",
        description="When a text cannot be masked: `<UNMASKED: reason>` instead of it, or the event as a sealed dead "
        "letter.",
    )
    accept: list[str] = Field(
        default_factory=list,
        description="What `nilometer config check` would refuse and is meant so, in the words that it gives.",
    )

    @field_validator("thresholds")
    @classmethod
    def _scores(cls, values: dict[str, float]) -> dict[str, float]:
        if not all(0 <= value <= 1 for value in values.values()):
            raise ValueError("a threshold is a number from 0 to 1")
        return values

    @model_validator(mode="after")
    def _no_rest_kept(self) -> Self:
        if self.action == "keep":
            raise ValueError("action: `keep` must name its kinds: give a rule under masking.rules")
        return self
