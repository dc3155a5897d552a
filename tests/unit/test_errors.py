from __future__ import annotations

import re

import pytest

from pipelines.domain import errors
from pipelines.domain.errors import (
    Busy,
    CampaignInvalid,
    FootageError,
    GateFailed,
    NoSpace,
    Outage,
    Permanent,
    Stalled,
    ToolFailed,
    Transient,
    UnknownJob,
    WrongUse,
)
from pipelines.domain.model import Finding

PERMANENT = (WrongUse, CampaignInvalid, UnknownJob, ToolFailed, GateFailed)
TRANSIENT = (Busy, NoSpace, Stalled, Outage)
ALL = (*PERMANENT, *TRANSIENT)


def test_every_error_is_either_permanent_or_transient_and_none_is_both() -> None:
    assert {error for error in ALL if issubclass(error, Permanent)} == set(PERMANENT)
    assert {error for error in ALL if issubclass(error, Transient)} == set(TRANSIENT)


def test_the_tree_drawn_at_the_top_of_the_file_names_every_error() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and value is not Finding}

    drawn = set(re.findall(r"^    [│├└─ ]*([A-Z]\w+) ", errors.__doc__ or "", re.MULTILINE))

    assert drawn == classes


def test_every_error_has_a_code_of_its_own_and_a_chinese_sentence() -> None:
    codes = [error.code for error in ALL]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert all(re.search(r"[\u4e00-\u9fff].*。$", error.text) for error in ALL)


def test_the_detail_is_what_the_log_shows() -> None:
    error = Outage("s3: connection refused")

    assert (str(error), error.detail, error.code) == ("s3: connection refused", "s3: connection refused", "outage")


def test_code_and_sentence_can_be_told_more_exactly_without_changing_the_class() -> None:
    error = WrongUse("no such programme", code="unknown-programme", text="没有这个栏目。")

    assert (error.code, error.text) == ("unknown-programme", "没有这个栏目。")
    assert (WrongUse.code, WrongUse.text) == ("wrong-use", "命令或请求有误。")


def test_the_gate_carries_its_findings_and_says_each_in_the_log() -> None:
    findings = (
        Finding("frames", "reject", "300", "299 (master.mp4)"),
        Finding("codec", "reject", "h264", "hevc (clip-1.mp4)"),
    )

    error = GateFailed(findings)

    assert error.findings == findings
    assert error.detail == "frames: expected 300, got 299 (master.mp4); codec: expected h264, got hevc (clip-1.mp4)"


@pytest.mark.parametrize("error", [Permanent, Transient])
def test_an_error_without_a_sentence_of_its_own_still_has_one(error: type[FootageError]) -> None:
    assert (error("x").code, error("x").text) == ("error", "处理失败，请联系管理员。")
