"""Word the facts and the plan of a file for people, one line a subject."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipelines.domain.model import Facts, ImageFacts, PhotoPlan, Plan, VideoFacts, VideoPlan
from pipelines.service import plain

_FIELDS = {"progressive": "逐行", "tff": "隔行（上场先）", "bff": "隔行（下场先）"}


def facts_lines(facts: Facts | None) -> Iterator[str]:
    """Yield what the original is."""
    if isinstance(facts, VideoFacts):
        coding, timing = facts.coding, facts.timing
        parts = (
            facts.container,
            f"{coding.codec} {coding.profile}".strip(),
            f"{facts.width}×{facts.height}",
            _FIELDS.get(facts.geometry.fields, facts.geometry.fields),
            f"{_rate(timing.frame_rate)}{'（不固定）' if timing.variable else ''}",
            f"{float(timing.duration):.1f} 秒",
        )
        yield plain("原片：" + " · ".join(parts))
        sound = facts.sound.audio
        if sound:
            yield plain(f"声音：{sound.codec} · {sound.sample_rate} Hz · {sound.channels} 声道")
        else:
            yield "声音：无"
    elif isinstance(facts, ImageFacts):
        yield plain(f"原片：{facts.format} · {facts.width}×{facts.height} · {facts.size:,} 字节")


def plan_lines(plan: Plan | None) -> Iterator[str]:
    """Yield what will be made of it."""
    if isinstance(plan, VideoPlan):
        made, encoding, editing = plan.master.expect, plan.encoding, plan.editing
        coded = f"{encoding.codec} {encoding.profile}，CRF {encoding.crf}，{encoding.preset}"
        how = "原样复制" if "picture" in plan.copied else coded
        yield f"成片：{made.width}×{made.height} · {_rate(encoding.frame_rate)} · {plan.frames} 帧 · {how}"
        clips = f"精彩片段至多 {editing.clips} 段（{editing.clip_min}–{editing.clip_max} 秒）"
        yield f"剪辑：{clips} · 剧照 {editing.stills} 张"
    elif isinstance(plan, PhotoPlan):
        how = "图像数据原样复制" if plan.copied else f"JPEG，质量 {plan.jpeg_quality}"
        yield f"照片：{plan.width}×{plan.height} · {how} · 缩略图 {'、'.join(map(str, plan.thumbnail_widths))} 像素宽"


def _rate(rate: Fraction) -> str:
    return f"{float(rate):.5g} 帧/秒"
