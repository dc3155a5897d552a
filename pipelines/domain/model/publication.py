"""Define artifacts, the manifest of a publication, and a publication with its submission."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipelines.domain.model.choices import Cut, PhotoQuality, SeenText
from pipelines.domain.model.facts import Facts, Finding, Original, Submission
from pipelines.domain.model.film_facts import SoundLevel
from pipelines.domain.model.plans import Plan
from pipelines.domain.model.terms import Role


@dataclass(frozen=True, slots=True)
class Artifact:
    """A rendered and verified file. `sha256` in hex, `size` in bytes, `duration` in seconds.

    `crc32`: as a ZIP states it; None in manifests from before it was kept.
    """

    name: str
    role: Role
    media_type: str
    sha256: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: Fraction | None = None
    crc32: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of one publication, which is done once this is in the store. It is kept for reviewers, for years.

    `facts`: of the original; `made`: of the master or the photo, as the gate read it, where the manifest is newer than
    that record. `level`: of the master's sound, as encoded. `quality`: a photo's. `seen`: the words in its pictures.
    """

    schema: Literal[2]
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
    quality: PhotoQuality | None = None
    seen: tuple[SeenText, ...] = ()
    made: Facts | None = None
    made_at: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A publication and the field unit's submission of its file."""

    manifest: Manifest
    submission: Submission
