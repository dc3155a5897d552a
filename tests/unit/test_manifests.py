"""Manifests that an earlier version wrote are read in the present form."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from pydantic import TypeAdapter

from pipelines.domain.keys import recipe_digest
from pipelines.domain.manifests import Document, upgraded
from pipelines.domain.model import Finding, Manifest, Original
from tests.unit.facts import image, photo_plan, video, video_plan

MANIFEST = TypeAdapter(Manifest)
FILM = Manifest(
    schema=2,
    campaign="jiexi-2020",
    original=Original("a" * 64, 1000),
    recipe=recipe_digest(video_plan()),
    facts=video(torn=2, crop=(1900, 1060), start=Fraction(1, 3)),
    plan=video_plan(),
    artifacts=(),
    findings=(Finding("no-audio", "warning", scope="publication"),),
)
PHOTO = replace(FILM, facts=image(), plan=photo_plan())


def as_schema_1(manifest: Manifest) -> Document:
    """Write a manifest as version 0.1 did: a film's facts side by side, findings without a scope."""
    document: Document = MANIFEST.dump_python(manifest, mode="json")
    document |= {"schema": 1, "look": document.pop("quality")}
    for found in document["findings"]:
        del found["scope"], found["output"]
    facts = document["facts"]
    if facts["kind"] == "video":
        sound = facts.pop("sound")
        facts |= {"audio": sound["audio"], "sounds": sound["tracks"]}
        for group in ("coding", "geometry", "timing", "colour", "integrity"):
            facts |= facts.pop(group)
    return document


@pytest.mark.parametrize("manifest", [FILM, PHOTO], ids=["film", "photo"])
def test_a_manifest_of_schema_1_is_read_as_if_it_were_written_today(manifest: Manifest) -> None:
    assert MANIFEST.validate_python(upgraded(as_schema_1(manifest)), strict=False) == manifest


def test_a_manifest_of_today_is_left_as_it_is() -> None:
    document = MANIFEST.dump_python(FILM, mode="json")

    assert upgraded(document) is document


def test_what_an_editor_asked_for_in_schema_1_is_an_edit_request() -> None:
    document = {"schema": 1, "kind": "edition", "plan": {"base": "b", "decision": {"cuts": []}}, "findings": []}

    assert upgraded(document)["plan"] == {"base": "b", "edit_request": {"cuts": []}}
