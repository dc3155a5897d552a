"""What was made, and the manifest of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipelines.domain.model.choices import Cut, PhotoQuality
from pipelines.domain.model.facts import Facts, Finding, Original, SoundLevel
from pipelines.domain.model.plans import Plan
from pipelines.domain.model.terms import Role


@dataclass(frozen=True, slots=True)
class Artifact:
    """A rendered and verified file. `sha256` in hex, `size` in bytes, `duration` in seconds."""

    name: str
    role: Role
    media_type: str
    sha256: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about one publication; its presence in the store is "done". Kept for the reviewer, years on.

    `level`: the master's sound as it came out; what it was before is in the facts. `look`: a photo's.
    """

    schema: Literal[1]
    campaign: str
    original: Original
    recipe: str
    facts: Facts
    plan: Plan
    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...]
    cuts: tuple[Cut, ...] = ()
    reel: tuple[Cut, ...] = ()
    level: SoundLevel | None = None
    look: PhotoQuality | None = None
    made_at: str = ""
