"""What dead letters call the file that they came from: names of files, too, tell of people."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path

from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.streams.chain import Context

_NOBODY = "0" * 32
_JOINTS = re.compile(r"[_\-.+]+")


def source_of(path: Path, ctx: Context) -> str:
    """The path, masked part by part. Where something was masked, a keyed hash keeps files apart."""
    parts = path.absolute().parts
    # Names of files have no spaces, where recognisers look for words.
    readings = {text for part in parts for text in (part, _JOINTS.sub(" ", part), _JOINTS.sub(" ", Path(part).stem))}
    masked = _masked(sorted(readings), ctx)
    shown = [_shown(part, masked) for part in parts]
    if shown == list(parts):
        return str(path.absolute())
    mark = hmac.new(ctx.ring.pseudonym, str(path.absolute()).encode("utf-8", "surrogateescape"), hashlib.sha256)
    return f"{Path(*shown)}#{mark.hexdigest()[:12]}"


def _shown(part: str, masked: dict[str, str]) -> str:
    if masked[part] != part:
        return masked[part]
    stem, suffix = _JOINTS.sub(" ", Path(part).stem), Path(part).suffix
    if masked[stem] != stem:
        return masked[stem] + suffix
    whole = _JOINTS.sub(" ", part)
    return masked[whole] if masked[whole] != whole else part


def _masked(texts: list[str], ctx: Context) -> dict[str, str]:
    """Each text as it would come out of a comment."""
    now = datetime.now(UTC)
    events = [RawFeedback(feedback_id="file", trace_id=_NOBODY, created_at=now, comment=text) for text in texts]
    answers = ctx.masker.mask(events)
    return {
        text: answer.comment or "" if isinstance(answer, MaskedFeedback) else "<file>"
        for text, answer in zip(texts, answers, strict=True)
    }
