from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines.domain.clocks import clock_findings
from pipelines.domain.model import Finding
from tests.unit.facts import image

CHINA = ZoneInfo("Asia/Shanghai")
TAKEN = "2020-06-16T09:30:00"
RECEIVED = datetime(2020, 6, 16, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("taken", ["nonsense", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2020-06-16", "\0"])
def test_what_is_no_time_is_none_and_what_lies_at_the_end_of_time_breaks_nothing(taken: str) -> None:
    findings = [*clock_findings(image(taken=taken, satellites=taken), RECEIVED, CHINA)]

    assert all(finding.code in {"clocks", "clocks-differ"} for finding in findings)


def test_without_a_camera_s_time_there_is_nothing_to_compare() -> None:
    assert [*clock_findings(image(satellites="2020-06-16T01:30:05"), RECEIVED, CHINA)] == []


def test_three_clocks_that_agree_stand_side_by_side_in_the_county_s_time() -> None:
    facts = image(taken=TAKEN, satellites="2020-06-16T01:30:05")

    assert [*clock_findings(facts, RECEIVED, CHINA)] == [
        Finding(
            "clocks",
            "info",
            actual="相机 2020-06-16 09:30:00，卫星 2020-06-16 09:30:05，服务器收到 2020-06-16 12:00:00",
        )
    ]


@pytest.mark.parametrize(("zone", "code"), [("+08:00", "clocks"), ("+00:00", "clocks-differ"), ("", "clocks")])
def test_a_camera_s_own_zone_is_believed_and_a_missing_one_is_the_county_s(zone: str, code: str) -> None:
    facts = image(taken=TAKEN, zone=zone, satellites="2020-06-16T01:30:00")

    assert [finding.code for finding in clock_findings(facts, None, CHINA)] == [code]


@pytest.mark.parametrize(("late", "code"), [(-5, "clocks"), (5, "clocks"), (15, "clocks-differ")])
def test_a_photo_can_not_have_been_taken_after_it_arrived(late: int, code: str) -> None:
    received = datetime(2020, 6, 16, 1, 30, tzinfo=UTC) - timedelta(minutes=late)

    (finding,) = clock_findings(image(taken=TAKEN), received, CHINA)

    assert (finding.code, finding.severity) == (code, "info" if code == "clocks" else "warning")
