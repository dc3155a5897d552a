"""The board names what is wrong and what to do, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk.ops.board import BoardState, LaneState, troubles

FINE = {"ledger": "ok", "workers": "ok", "sweeper": "ok", "store": "ok", "queue": "ok"}
IDLE = LaneState("视频", 1, 0, 0, 0.0)
STATE = BoardState((IDLE,), (), (), (), 100 << 30, 0)


def test_where_all_is_well_nothing_is_said():
    assert [*troubles(FINE, STATE)] == []


@pytest.mark.parametrize(
    ("check", "said"),
    [("store", "存储连不上"), ("queue", "队列连不上"), ("workers", "没有处理进程"), ("sweeper", "没有巡检进程")],
)
def test_each_check_that_fails_says_what_to_do(check, said):
    (trouble,) = troubles({**FINE, check: "away"}, STATE)

    assert said in trouble


def test_while_the_ledger_is_away_that_alone_is_said():
    assert [trouble[:6] for trouble in troubles({"ledger": "away"}, None)] == ["数据库连不上"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (replace(STATE, free=19 << 30), "磁盘只剩 19 GB"),
        (replace(STATE, lanes=(replace(IDLE, queued=9, waited=3600.0),)), "“视频”通道排队已 60 分钟"),
        (replace(STATE, untold=51), "51 条结果还没有通知"),
    ],
)
def test_a_full_disk_a_long_line_and_a_deaf_portal_are_said(state, said):
    (trouble,) = troubles(FINE, state)

    assert said in trouble
