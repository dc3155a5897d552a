"""Which findings an edit settles is said by their scope, never read out of their text."""

from __future__ import annotations

from pipelines.domain.model import Finding
from pipelines.domain.wording import text


def test_a_unit_named_like_a_channel_keeps_its_own_finding_scope() -> None:
    finding = Finding("unknown-unit", "warning", actual="龙潭镇 (channel-tv.mp4)")

    assert finding.scope == "original"
    assert text(finding) == "单位“龙潭镇 (channel-tv.mp4)”不在活动名单中，请核对。"
