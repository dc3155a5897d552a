"""Give the reasons for choosing a stretch, in Chinese, with figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipelines.domain.model import Analysis
from pipelines.domain.selection.ranking import QUIET, Ranks, index_at, is_on_shot

_STEADY = 0.6  # per cent of the width per frame; a steady hand stays under it
_SOME = Fraction(2)  # seconds; less of a quality is not worth a mention

_PLAINLY = 0.4  # mean of `detail`; a uniform film has 0.25 everywhere


def reasons(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> tuple[str, ...]:
    """Return the reasons for the stretch from `start` to `end` seconds: its content first, then its quality."""
    return (*_told(analysis, ranks, start, end),) or ("全片较均匀，按位置选取",)


def _told(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> Iterator[str]:
    first = index_at(analysis, start)
    part = slice(first, max(first + 1, round(end / analysis.step)))
    talking, people, detail = (
        sum(values[part]) * float(analysis.step) for values in (ranks.talking, ranks.people, ranks.detail)
    )
    sharp, move = _mean(ranks.sharpness[part]), _mean(ranks.motion[part])
    loud, shake = _mean([s.loudness for s in analysis.samples[part]]), _mean([s.shake for s in analysis.samples[part]])
    if talking >= _SOME:
        yield f"主播出镜并讲话 {talking:.0f} 秒"
    elif people >= _SOME:
        yield f"人物出镜 {people:.0f} 秒"
    if detail >= _SOME and _mean(ranks.detail[part]) > _PLAINLY:
        yield f"细节镜头 {detail:.0f} 秒"
    if sharp > 0.5:
        yield f"画面清晰，优于全片 {sharp:.0%} 的画面"
    if shake < _STEADY and talking >= _SOME:
        yield "画面稳定"
    if move > 0.5:
        yield f"动作明显，优于全片 {move:.0%} 的画面"
    if loud > QUIET:
        yield f"声音清楚，平均 {loud:.0f} LKFS"
    if events := sum(start <= time < end for time in analysis.sounds):
        yield f"有突发声响 {events} 处"
    if is_on_shot(analysis, start):
        yield "从镜头切换处开始"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
