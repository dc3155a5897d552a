"""Give the reasons for choosing a stretch, in Chinese: what is seen or heard in it, with figures.

A quality is named only where it stands out within the film and is plain by an absolute measure too; else it is left
out. In a film of slides something always moves most, and in a muffled one something is always clearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median

from pipelines.domain.model import Analysis, Span
from pipelines.domain.selection.levels import integrated
from pipelines.domain.selection.ranking import Ranks, index_at, is_on_shot

_STEADY = 0.6  # per cent of the width per frame; a steady hand stays under it
_SOME = Fraction(2)  # seconds; less of a quality is not worth a mention
_PLAINLY = 0.4  # mean of `detail`; a uniform film has 0.25 everywhere
_BEST = 2 / 3  # mean rank; the middle of a film is 1/2
_VISIBLY = 1.3  # times the film's median, from which on a difference is seen
_CRISP = 100.0  # variance of the Laplacian; below, an edge is visibly soft
_LIVELY, _STILL = 2.0, 0.3  # mean absolute difference, of 255; below the second, next to nothing moves
_FAINT, _ABOVE = -35.0, 6.0  # LKFS, of a voice in a levelled film; LU above what is heard beside it


def reasons(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> tuple[str, ...]:
    """Return the reasons for the stretch from `start` to `end` seconds: its content first, then its quality."""
    found = (*_content(analysis, ranks, start, end), *_quality(analysis, ranks, start, end))
    return found or (_ordinary(analysis, start, end),)


def _ordinary(analysis: Analysis, start: Fraction, end: Fraction) -> str:
    """Return what can be said of a stretch in which nothing stands out from its film."""
    samples = analysis.samples[_part(analysis, start, end)]
    # A cut moves everything and jerks the camera, for one sample: medians leave it out.
    motion, shots = median(s.motion for s in samples), sum(start < shot < end for shot in analysis.shots)
    found = [
        f"含 {shots + 1} 个镜头" if shots else "",
        "画面清晰" if median(s.sharpness for s in samples) >= _CRISP else "",
        "镜头平稳" if median(s.shake for s in samples) < _STEADY else "",
        "有动作" if motion >= _LIVELY else "几乎静止" if motion < _STILL else "少有动作",
    ]
    return "；".join(filter(None, ("未见突出内容", "、".join(filter(None, found)))))


def _content(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> Iterator[str]:
    part = _part(analysis, start, end)
    talking, people, detail = (
        sum(values[part]) * float(analysis.step) for values in (ranks.talking, ranks.people, ranks.detail)
    )
    if talking >= _SOME:
        yield f"主播出镜并讲话 {_seconds(analysis, ranks.talking[part]):.0f} 秒"
    elif people >= _SOME:
        yield f"人物露脸 {_seconds(analysis, ranks.people[part]):.0f} 秒"
    if detail >= _SOME and _mean(ranks.detail[part]) > _PLAINLY:
        yield "画面清晰稳定，未见人脸"
    if (spoken := _overlap(analysis.speech, start, end)) >= _SOME:
        if talking < _SOME:
            yield f"有人讲话 {float(spoken):.0f} 秒"
        if (level := _clear(analysis, part)) is not None:
            yield f"讲话清楚，响度 {level:.0f} LKFS"
    if events := sum(start <= time < end for time in analysis.sounds):
        yield f"有突发声响 {events} 处"


def _quality(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> Iterator[str]:
    part = _part(analysis, start, end)
    samples = analysis.samples[part]
    sharp, move = _mean(ranks.sharpness[part]), _mean(ranks.motion[part])
    crisp, usual = _mean([sample.sharpness for sample in samples]), median(s.sharpness for s in analysis.samples)
    if sharp > _BEST and crisp >= max(_CRISP, _VISIBLY * usual):
        yield f"画面清晰，优于全片 {sharp:.0%} 的画面"
    if sum(ranks.talking[part]) * float(analysis.step) >= _SOME and _mean([s.shake for s in samples]) < _STEADY:
        yield "画面稳定"
    lively, usual = _mean([sample.motion for sample in samples]), median(s.motion for s in analysis.samples)
    if move > _BEST and lively >= max(_LIVELY, _VISIBLY * usual):
        yield f"动作明显，优于全片 {move:.0%} 的画面"
    if is_on_shot(analysis, start):
        yield "从镜头切换处开始"


def _clear(analysis: Analysis, part: slice) -> float | None:
    """Return the level of the speech, in LKFS; None where it is faint, or hardly louder than the sound beside it."""
    voices, others = list[float](), list[float]()
    for number, sample in enumerate(analysis.samples[part], part.start):
        time = number * analysis.step
        spoken = any(first <= time < last for first, last in analysis.speech)
        (voices if spoken else others).append(sample.loudness)
    voice, rest = integrated(voices), integrated(others)
    if voice is None or voice < _FAINT or (rest is not None and voice - rest < _ABOVE):
        return None
    return voice


def _seconds(analysis: Analysis, values: Sequence[float]) -> float:
    """Return how long a quality is there at all, however weakly."""
    return sum(value > 0 for value in values) * float(analysis.step)


def _overlap(spans: Sequence[Span], start: Fraction, end: Fraction) -> Fraction:
    """Return how many seconds of the spans lie between `start` and `end`."""
    return sum((max(Fraction(0), min(end, last) - max(start, first)) for first, last in spans), Fraction(0))


def _part(analysis: Analysis, start: Fraction, end: Fraction) -> slice:
    first = index_at(analysis, start)
    return slice(first, max(first + 1, round(end / analysis.step)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
