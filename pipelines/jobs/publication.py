"""Write down what was made of an original: the manifest of a publication, before it is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pipelines.domain.keys import recipe_digest
from pipelines.domain.manifests import SCHEMA
from pipelines.domain.model import (
    Facts,
    Finding,
    ImageFacts,
    Manifest,
    Original,
    PhotoQuality,
    Plan,
    SeenText,
)
from pipelines.domain.photo_quality import quality_findings
from pipelines.stages.render import Rendered
from pipelines.stages.verify import Verified


def manifest_of(
    campaign: str,
    original: Original,
    facts: Facts,
    plan: Plan,
    made: tuple[Rendered, Verified],
    seen: Sequence[SeenText],
    angles: Sequence[Verified] = (),
) -> Manifest:
    """Return the manifest of verified outputs. `campaign`: its id; `angles`: films of other pictures."""
    rendered, verified = made
    found = (*rendered.findings, *verified.findings, *(finding for angle in angles for finding in angle.findings))
    return Manifest(
        schema=SCHEMA,
        campaign=campaign,
        original=original,
        recipe=recipe_digest(plan),
        facts=facts,
        plan=plan,
        artifacts=(*verified.artifacts, *(artifact for angle in angles for artifact in angle.artifacts)),
        findings=(*(replace(it, scope="publication") for it in found), *_of_quality(rendered.quality, facts)),
        cuts=rendered.cuts,
        reel=rendered.reel,
        level=verified.level,
        made=verified.facts,
        quality=rendered.quality,
        seen=tuple(seen),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _of_quality(quality: PhotoQuality | None, facts: Facts) -> Iterator[Finding]:
    if quality and isinstance(facts, ImageFacts):
        yield from quality_findings(quality, facts)
