"""Draw an analysis as lanes under a film's timeline: stretches and curves over its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelines.domain.model import Analysis, Sample, Span
from pipelines.domain.selection.ranking import QUIET, is_presenter, is_spoilt

_COLUMNS = 500  # points of a curve: about the pixels of a phone, times its density
_LOUDEST = -10.0  # LKFS, momentary
_LIVELY = 95  # per cent of samples, the motion of which is the curve's top


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane. `spans`: rising stretches, `points`: heights from 0 to 1 at equal steps; one of the two is empty.

    The spans are shares of the film's length.
    """

    code: str
    name: str
    spans: tuple[tuple[float, float], ...] = ()
    points: tuple[float, ...] = ()


def lanes_of(analysis: Analysis) -> tuple[Lane, ...]:
    """Return the lanes of a film: speech, faces, presenter, loudness, motion, shots, spoilt and composed stretches."""
    length = float(len(analysis.samples) * analysis.step)
    composed = sorted(span for spans in analysis.composed for span in spans)
    return (
        Lane("speech", "说话", spans=_shares(analysis.speech, length)),
        Lane("faces", "人脸", spans=_runs(analysis.samples, lambda sample: sample.faces > 0)),
        Lane("presenter", "主播特写", spans=_runs(analysis.samples, is_presenter)),
        Lane("loudness", "响度", points=_curve([_loud(sample.loudness) for sample in analysis.samples])),
        Lane("motion", "动作", points=_curve(_scaled([sample.motion for sample in analysis.samples]))),
        Lane("shots", "镜头", spans=_shares(_shots(analysis), length)),
        Lane("composed", "转场", spans=_shares(composed, length)),
        Lane("spoilt", "不可用", spans=_runs(analysis.samples, is_spoilt)),
    )


def _shares(spans: Iterable[Span], length: float) -> tuple[tuple[float, float], ...]:
    return tuple((min(1.0, float(start) / length), min(1.0, float(end) / length)) for start, end in spans)


def _shots(analysis: Analysis) -> Iterator[Span]:
    """Yield every other shot, so that neighbours can be told apart."""
    length = len(analysis.samples) * analysis.step
    starts = [0 * length, *analysis.shots]
    ends = [*analysis.shots, length]
    yield from list(zip(starts, ends, strict=True))[::2]


def _runs(samples: Sequence[Sample], is_so: Callable[[Sample], bool]) -> tuple[tuple[float, float], ...]:
    """Return the stretches of neighbouring samples for which this is so."""
    found, at = [], 0
    for so, run in groupby(samples, is_so):
        until = at + len([*run])
        if so:
            found.append((at / len(samples), until / len(samples)))
        at = until
    return tuple(found)


def _loud(loudness: float) -> float:
    return min(1.0, max(0.0, (loudness - QUIET) / (_LOUDEST - QUIET)))


def _scaled(values: Sequence[float]) -> list[float]:
    """Return the values as shares of one that only the liveliest twentieth exceeds."""
    top = sorted(values)[min(len(values) - 1, len(values) * _LIVELY // 100)] or 1.0
    return [min(1.0, value / top) for value in values]


def _curve(values: Sequence[float]) -> tuple[float, ...]:
    """Return the highest value of each of at most `_COLUMNS` equal parts."""
    size = max(1, -(-len(values) // _COLUMNS))
    return tuple(max(values[at : at + size]) for at in range(0, len(values), size))
