from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from pydantic import TypeAdapter

from pipelines.domain.keys import manifest_key, original_key, output_key, publication_prefix, recipe_digest
from pipelines.domain.model import Plan
from pipelines.domain.planning.edit import ANALYSIS_JSON, edit_outputs
from storage.base import validate_key
from tests.unit.facts import edit, other, photo_plan, video_plan

SHA = hashlib.sha256(b"an original").hexdigest()
PLANS = [video_plan(), video_plan(audio=None, transfer="smpte2084", width=1080, height=1920), photo_plan()]
IDS = ["video", "silent hdr portrait", "photo"]


def variants(value: Any) -> Iterator[Any]:
    """The value with one thing in it changed, for each thing in it."""
    if is_dataclass(value) and not isinstance(value, type):
        for name in (field.name for field in fields(value) if field.name != "kind"):
            yield from (replace(value, **{name: variant}) for variant in variants_of(name, getattr(value, name)))
    elif isinstance(value, tuple):
        yield from ((*value[:i], v, *value[i + 1 :]) for i, old in enumerate(value) for v in variants(old))
        if value and not isinstance(value[0], str):
            yield value[:-1]
            yield (*value, value[0])
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield f"{value}x"
    elif isinstance(value, Fraction):
        yield value + Fraction(1, 1001)
    elif value is None:
        yield 1
    else:
        yield value + 1


def variants_of(name: str, value: Any) -> Iterator[Any]:
    if name == "role":
        return iter(["reel"])
    if name == "gate":
        return iter({"stream", "decode"} - {value})
    if name == "copied" and isinstance(value, tuple):
        return iter([("picture",)])
    if name in {"duration", "frame_rate"} and value is None:
        return iter([Fraction(1)])
    return variants(value)


@pytest.mark.parametrize("plan", PLANS, ids=IDS)
def test_a_recipe_is_24_hex_digits_and_always_the_same(plan: Plan) -> None:
    digest = recipe_digest(plan)

    assert re.fullmatch(r"[0-9a-f]{24}", digest)
    assert recipe_digest(replace(plan)) == digest


@pytest.mark.parametrize("plan", PLANS, ids=IDS)
def test_whatever_changes_in_a_plan_the_recipe_changes(plan: Plan) -> None:
    changed = list(variants(plan))
    digests = {recipe_digest(plan), *(recipe_digest(variant) for variant in changed)}

    assert len(changed) > 20
    assert len(digests) == len(set(changed)) + 1


@pytest.mark.parametrize("plan", PLANS, ids=IDS)
def test_another_tool_version_is_another_recipe(plan: Plan) -> None:
    newer = replace(plan, tools=(*plan.tools[:-1], (plan.tools[-1][0], "2.0.1")))

    assert recipe_digest(newer) != recipe_digest(plan)


@pytest.mark.parametrize("plan", PLANS, ids=IDS)
def test_a_plan_read_back_from_its_manifest_has_the_recipe_it_was_published_under(plan: Plan) -> None:
    adapter: TypeAdapter[Plan] = TypeAdapter(Plan)

    again = adapter.validate_json(adapter.dump_json(plan))

    assert again == plan
    assert recipe_digest(again) == recipe_digest(plan)


def test_another_countys_rules_are_another_recipe() -> None:
    assert len({recipe_digest(plan) for plan in (*PLANS, video_plan(other()), photo_plan(other()))}) == 5


def test_the_keys_say_what_lies_where() -> None:
    recipe = "0123456789abcdef01234567"

    assert original_key(SHA) == f"originals/{SHA[:2]}/{SHA}"
    assert publication_prefix(SHA, recipe) == f"published/{SHA[:2]}/{SHA}/{recipe}"
    assert output_key(SHA, recipe, "clip-1.mp4") == f"published/{SHA[:2]}/{SHA}/{recipe}/clip-1.mp4"
    assert manifest_key(SHA, recipe) == f"published/{SHA[:2]}/{SHA}/{recipe}/manifest.json"


def test_every_key_is_one_that_a_store_takes() -> None:
    plan = video_plan()
    outputs = (plan.master, *edit_outputs(plan, edit((0, 8), stills=(1, 2, 3)), 9), *photo_plan().outputs)
    keys = [output_key(SHA, recipe_digest(plan), name) for name in (*(o.name for o in outputs), ANALYSIS_JSON)]
    keys += [original_key(SHA), publication_prefix(SHA, recipe_digest(plan)), manifest_key(SHA, recipe_digest(plan))]

    assert [validate_key(key) for key in keys] == keys


def test_everything_of_a_publication_lies_under_its_prefix() -> None:
    recipe = recipe_digest(video_plan())

    assert output_key(SHA, recipe, "master.mp4").startswith(publication_prefix(SHA, recipe) + "/")
    assert manifest_key(SHA, recipe).startswith(publication_prefix(SHA, recipe) + "/")
