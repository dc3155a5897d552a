from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.acceptance import accept
from pipelines.domain.model import Expectation, Output, PhotoPlan
from pipelines.domain.planning.photo import photo_size, plan_photo, thumbnail_outputs
from tests.unit.facts import TOOLS, image, jiexi, other, photo_plan, quick, submission

JPEG_MOST = 65_500  # libjpeg's JPEG_MAX_DIMENSION


def jpeg(name: str, role: str, width: int, height: int) -> Output:
    return Output(name, role, "image/jpeg", Expectation(width=width, height=height, codec="jpeg"))  # type: ignore[arg-type]


def test_a_photo_of_the_right_size_is_planned_whole() -> None:
    assert photo_plan() == PhotoPlan(
        kind="photo",
        copied=True,
        seconds=60,
        width=4000,
        height=3000,
        jpeg_quality=92,
        thumbnail_widths=(320, 640),
        outputs=(
            jpeg("photo.jpg", "photo", 4000, 3000),
            jpeg("thumbnail-320.jpg", "thumbnail", 320, 240),
            jpeg("thumbnail-640.jpg", "thumbnail", 640, 480),
        ),
        scratch=64 * 1024 * 1024 + 36_000_000,
        why=("画面已符合要求，数据原样保留，只去除附带信息",),
        tools=TOOLS,
        words=1,
    )


def test_a_small_portrait_is_planned_whole_under_another_countys_rules() -> None:
    assert photo_plan(other(), width=480, height=640) == PhotoPlan(
        kind="photo",
        copied=False,
        seconds=30,
        width=960,
        height=1280,
        jpeg_quality=85,
        thumbnail_widths=(160, 480),
        outputs=(
            jpeg("photo.jpg", "photo", 960, 1280),
            jpeg("thumbnail-160.jpg", "thumbnail", 160, 213),
            jpeg("thumbnail-480.jpg", "thumbnail", 480, 640),
        ),
        scratch=64 * 1024 * 1024 + 960 * 1280 * 3,
        why=("画面重新编码：活动配置要求一律重新编码；尺寸要改变",),
        tools=TOOLS,
    )


TURNER = (*TOOLS, ("turbojpeg", "1.0"))


@pytest.mark.parametrize(
    ("orientation", "width", "height", "unit", "copied"),
    [
        (6, 3024, 4032, (16, 16), True),
        (6, 3000, 4000, (16, 16), False),  # the last row of units is half a picture, and would come to lie first
        (6, 3000, 4000, (8, 8), True),
        (6, 3024, 4000, (16, 8), True),
        (8, 3000, 4000, (16, 16), True),
        (8, 3000, 4008, (16, 16), False),
        (5, 3001, 4001, (16, 16), True),
        (7, 3008, 4001, (16, 16), False),
        (3, 4000, 3008, (16, 16), True),
        (3, 4000, 3000, (16, 16), False),
        (2, 4000, 3001, (16, 16), True),
        (4, 4001, 3008, (16, 16), True),
        (9, 4000, 3008, (16, 16), False),  # no such orientation
        (6, 3024, 4032, (0, 0), False),
    ],
)
def test_what_lies_on_its_side_is_turned_without_loss_where_its_units_are_whole(
    orientation: int, width: int, height: int, unit: tuple[int, int], copied: bool
) -> None:
    facts = image(orientation=orientation, width=width, height=height, unit=unit)

    plan = plan_photo(facts, jiexi().photo_profile("zhubo"), TURNER)
    without = plan_photo(facts, jiexi().photo_profile("zhubo"), TOOLS)

    assert (plan.copied, plan.turn) == (copied, orientation if copied else 1)
    assert (without.copied, without.turn) == (False, 1)
    assert ("无损转正" in plan.why[0]) == copied


SIZES = [
    ("just enough", (1920, 1080), (1920, 1080)),
    ("just enough, portrait", (1080, 1920), (1080, 1920)),
    ("small landscape", (640, 480), (1920, 1440)),
    ("small portrait", (480, 640), (1440, 1920)),
    ("small wide", (1280, 720), (1920, 1080)),
    ("one pixel short", (1919, 1080), (1920, 1081)),
    ("one row short", (1920, 1079), (1922, 1080)),
    ("square", (1000, 1000), (1920, 1920)),
    ("long but too thin", (6000, 900), (7200, 1080)),
    ("a panorama", (12_000, 1080), (12_000, 1080)),
    ("a large panorama", (20_000, 2000), (10_800, 1080)),
    ("a standing panorama", (2000, 20_000), (1080, 10_800)),
    ("huge", (16_384, 8192), (8192, 4096)),
    ("huge portrait", (8192, 16_384), (4096, 8192)),
    ("huge square", (14_000, 14_000), (8192, 8192)),
    ("the most", (8192, 8192), (8192, 8192)),
    ("one pixel over", (8193, 6000), (8192, 6000)),
    ("a pixel", (1, 1), (1920, 1920)),
]


@pytest.mark.parametrize(("_name", "source", "size"), SIZES, ids=[row[0] for row in SIZES])
def test_a_photo_gets_its_own_size_enlarged_to_the_least_or_reduced_to_the_most(
    _name: str, source: tuple[int, int], size: tuple[int, int]
) -> None:
    facts = image(width=source[0], height=source[1])

    assert photo_size(facts, jiexi().photo_profile("zhubo")) == size


@quick
@given(st.integers(1, 30_000), st.integers(1, 30_000))
def test_no_photo_is_delivered_smaller_than_the_rule(width: int, height: int) -> None:
    size = photo_size(image(width=width, height=height), jiexi().photo_profile("zhubo"))

    assert max(size) >= 1920
    assert min(size) >= 1080
    assert max(size) <= 8192 or min(size) == 1080
    assert (size[0] >= size[1]) == (width >= height) or size[0] == size[1]


@pytest.mark.parametrize("size", [(8000, 10), (10, 8000), (30_000, 1), (1, 30_000), (70_000, 1080), (6000, 90)])
def test_a_strip_is_refused_or_planned_as_a_picture_that_a_jpeg_can_hold(size: tuple[int, int]) -> None:
    facts = image(width=size[0], height=size[1])

    refused = any(f.severity == "reject" for f in accept(facts, jiexi(), submission(name="a.jpg")))
    plan = photo_plan(width=size[0], height=size[1])

    assert refused or max(plan.width, plan.height) <= JPEG_MOST


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "png", "coding": ""}, "格式是 png"),
        ({"mode": "CMYK"}, "颜色模式是 CMYK"),
        ({"mode": "L"}, "颜色模式是 L"),
        ({"colour": "other"}, "颜色不是 sRGB"),
        ({"orientation": 6}, "画面要转正"),
        ({"width": 1919, "height": 1080}, "尺寸要改变"),
        ({"width": 8193, "height": 6000}, "尺寸要改变"),
    ],
)
def test_a_photo_is_encoded_for_one_reason_that_is_told(changes: dict[str, Any], why: str) -> None:
    plan = photo_plan(**changes)

    assert (plan.copied, plan.why) == (False, (f"画面重新编码：{why}",))


@pytest.mark.parametrize("changes", [{}, {"coding": "progressive"}, {"private": ("place",)}, {"width": 8192}])
def test_a_jpg_that_complies_is_copied_whatever_it_says_of_people_and_places(changes: dict[str, Any]) -> None:
    assert photo_plan(**changes).copied


def test_thumbnails_keep_the_shape_and_are_never_nothing() -> None:
    assert thumbnail_outputs((12_000, 10), (320, 640)) == (
        jpeg("thumbnail-320.jpg", "thumbnail", 320, 1),
        jpeg("thumbnail-640.jpg", "thumbnail", 640, 1),
    )
    assert thumbnail_outputs((1080, 1920), (320,)) == (jpeg("thumbnail-320.jpg", "thumbnail", 320, 569),)


def test_a_turned_photo_is_planned_by_its_upright_size() -> None:
    assert photo_plan(orientation=6, width=3000, height=4000).outputs[0] == jpeg("photo.jpg", "photo", 3000, 4000)
