from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from fractions import Fraction

import pytest
from pydantic import TypeAdapter

from pipelines.domain import model
from pipelines.domain.model import Artifact, Finding, Manifest, Original, Plan
from tests.unit.facts import edit, image, photo_plan, video, video_plan

VALUES = sorted(
    (value for value in vars(model).values() if is_dataclass(value) and value.__module__.startswith(model.__name__)),
    key=lambda value: value.__name__,
)
MANIFEST = TypeAdapter(Manifest)


def test_every_value_is_frozen_small_and_hashable() -> None:
    assert len(VALUES) > 15
    for value in VALUES:
        assert value.__dataclass_params__.frozen, value
        assert value.__slots__ == tuple(field.name for field in fields(value)), value
        assert value.__hash__ is not None, value


def test_a_value_cannot_be_changed() -> None:
    finding = Finding("size", "reject")

    with pytest.raises(FrozenInstanceError):
        finding.code = "other"  # type: ignore[misc]


def test_two_plans_made_from_the_same_facts_are_equal_and_hash_alike() -> None:
    assert video_plan() == video_plan()
    assert hash(video_plan()) == hash(video_plan())
    assert video_plan() != video_plan(rotation=90, width=1080, height=1920)


@pytest.mark.parametrize(
    ("facts", "plan"),
    [
        (video(frame_rate=Fraction(30000, 1001)), video_plan(frame_rate=Fraction(30000, 1001))),
        (video(audio=None), video_plan(audio=None)),
        (image(private=("place", "device")), photo_plan()),
    ],
    ids=["video", "silent", "photo"],
)
def test_a_manifest_read_back_is_the_manifest_that_was_written(facts: model.Facts, plan: Plan) -> None:
    manifest = Manifest(
        schema=1,
        campaign="jiexi-2020",
        original=Original("ab" * 32, 12_345),
        recipe="0123456789abcdef01234567",
        facts=facts,
        plan=plan,
        artifacts=(Artifact("master.mp4", "master", "video/mp4", "cd" * 32, 99, 1920, 1080, Fraction(1001, 30)),),
        findings=(Finding("no-audio", "warning"),),
        cuts=edit((0, 8), (10, 19)).cuts,
        made_at="2020-06-16T08:00:00+00:00",
    )

    assert MANIFEST.validate_json(MANIFEST.dump_json(manifest)) == manifest
