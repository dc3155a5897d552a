from __future__ import annotations

from typing import Any

import pytest

from pipelines.looks import duplicate_finding, look_findings
from pipelines.model import Finding
from pipelines.wording import text
from tests.unit.facts import image, look


def test_an_ordinary_photo_has_nothing_said_of_it() -> None:
    assert [*look_findings(look(), image())] == []


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
    findings = [*look_findings(look(**changes), image())]

    assert [finding.code for finding in findings] == codes
    assert all("成品检验" not in text(finding) for finding in findings)


def test_a_smooth_sky_of_a_camera_is_no_screenshot_and_an_enlarged_picture_is_not_told_twice() -> None:
    assert [*look_findings(look(flat=0.9), image(taken="2020-06-16T09:30:00"))] == []
    assert [*look_findings(look(flat=0.9), image(private=("device",)))] == []
    assert [*look_findings(look(sharpness=2.0, lattice=900.0), image(width=1000, height=600))] == []


@pytest.mark.parametrize(
    ("others", "said"),
    [({"a" * 32: 90.0}, "本张最清晰，建议选用"), ({"a" * 32: 90.0, "b" * 32: 900.0}, "任务 bbbbbbbb 最清晰，建议选用")],
)
def test_of_photos_that_look_the_same_the_sharpest_is_named(others: dict[str, float], said: str) -> None:
    (finding,) = duplicate_finding(look(), others)

    assert (finding.code, finding.severity, finding.expected) == ("near-duplicate", "info", said)
    assert finding.actual == "、".join(job[:8] for job in others)


def test_a_photo_that_is_alone_is_no_duplicate() -> None:
    assert [*duplicate_finding(look(), {})] == []


def test_the_finding_names_no_file_and_no_unit() -> None:
    (finding,) = duplicate_finding(look(), {"0123456789abcdef": 1.0})

    assert finding == Finding("near-duplicate", "info", "本张最清晰，建议选用", "01234567")
