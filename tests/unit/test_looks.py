from __future__ import annotations

from typing import Any

import pytest

from pipelines.domain.model import Finding
from pipelines.domain.photo_quality import burst_finding, quality_findings
from pipelines.domain.wording import text
from tests.unit.facts import image, look


def test_an_ordinary_photo_has_nothing_said_of_it() -> None:
    assert [*quality_findings(look(), image())] == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"sharpness": 5.0}, ["out-of-focus"]),
        ({"luma": 20.0}, ["underexposed"]),
        ({"dark": 0.8}, ["underexposed"]),
        ({"luma": 240.0}, ["overexposed"]),
        ({"bright": 0.5}, ["overexposed"]),
        ({"flat": 0.9}, ["screenshot"]),
        ({"flat": 1.0, "sharpness": 0.0}, ["blank"]),
        ({"lattice": 5000.0}, ["of-a-screen"]),
        ({"luma": 20.0, "sharpness": 5.0}, ["underexposed"]),
        ({"flat": 0.9, "lattice": 5000.0, "sharpness": 2.0}, ["screenshot"]),
    ],
)
def test_each_fault_is_told_by_its_code(changes: dict[str, Any], codes: list[str]) -> None:
    findings = [*quality_findings(look(**changes), image())]

    assert [finding.code for finding in findings] == codes
    assert all("成品检验" not in text(finding) for finding in findings)


def test_a_smooth_sky_of_a_camera_is_no_screenshot_and_an_enlarged_picture_is_not_told_twice() -> None:
    assert [*quality_findings(look(flat=0.9), image(taken="2020-06-16T09:30:00"))] == []
    assert [*quality_findings(look(flat=0.9), image(private=("device",)))] == []
    assert [*quality_findings(look(sharpness=2.0, lattice=900.0), image(width=1000, height=600))] == []


def test_of_photos_that_look_the_same_each_is_told_which_is_the_sharpest() -> None:
    burst = {"a" * 32: 90.0, "b" * 32: 900.0, "c" * 32: 100.0}

    assert [burst_finding(job, burst) for job in burst] == [
        Finding("near-duplicate", "info", "任务 bbbbbbbb 最清晰，建议选用", "bbbbbbbb、cccccccc"),
        Finding("near-duplicate", "info", "本张最清晰，建议选用", "aaaaaaaa、cccccccc"),
        Finding("near-duplicate", "info", "任务 bbbbbbbb 最清晰，建议选用", "aaaaaaaa、bbbbbbbb"),
    ]


def test_of_two_that_are_as_sharp_both_are_told_the_same_one_in_whatever_order_they_are_found() -> None:
    one, other = {"a" * 32: 90.0, "b" * 32: 90.0}, {"b" * 32: 90.0, "a" * 32: 90.0}

    told = [burst_finding(job, burst).expected for burst in (one, other) for job in ("a" * 32, "b" * 32)]

    assert told == ["任务 bbbbbbbb 最清晰，建议选用", "本张最清晰，建议选用"] * 2


def test_of_a_long_burst_some_are_named_and_all_are_counted() -> None:
    burst = {f"{number:032d}": float(number) for number in range(30)}

    assert burst_finding("0" * 32, burst).actual.endswith(" 等 29 项")
