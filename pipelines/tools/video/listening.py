"""Collect what the one ffmpeg process of a film writes while it works, with one consumer for each pipe."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from pipelines.domain.model import Analysis, VideoPlan
from pipelines.domain.reporting import Report
from pipelines.sandbox.process import Consumer
from pipelines.tools.ffmpeg.output import Damage, Kept, ProgressReader, parse_hashes, parse_loudness
from pipelines.tools.video.analysis import FrameAnalyser, TinyAnalyser
from pipelines.tools.video.speech import CHUNK, RATE, SpeechDetector
from pipelines.tools.video.storyboard import Tiles

_MORE = 1_000  # frames beyond the plan: a file's own clock may run on
_MOST_TEXT = 16 << 20  # bytes; six hours of loudness are 8 MB


@dataclass(frozen=True, slots=True)
class Listeners:
    """The consumers of one ffmpeg process.

    `frames` reads stdout and passes each frame to `tiles`. `damage` reads stderr.
    """

    frames: FrameAnalyser
    tiles: Tiles
    damage: Damage
    loudness: Kept
    progress: ProgressReader
    hashes: Kept
    tiny: TinyAnalyser
    speech: SpeechDetector

    @classmethod
    def of(cls, plan: VideoPlan, report: Report) -> Listeners:
        """Return the consumers for this plan's process, each bounded by what the plan allows."""
        tiles, progress = Tiles.of(plan), ProgressReader("render", plan.duration, report)
        return cls(
            frames=FrameAnalyser(plan.sampling, _most(plan, plan.sampling.rate), tiles),
            tiles=tiles,
            damage=Damage(progress),
            loudness=Kept(_MOST_TEXT),
            progress=progress,
            hashes=Kept(_MOST_TEXT),
            tiny=TinyAnalyser(plan.sampling, _most(plan, plan.sampling.shots)),
            speech=SpeechDetector(_most(plan, Fraction(RATE, CHUNK))),
        )

    @property
    def piped(self) -> tuple[Consumer, ...]:
        """Return the consumers of the extra pipes, in the order of :class:`pipelines.tools.ffmpeg.graphs.Ends`."""
        return self.loudness, self.progress, self.hashes, self.tiny, self.speech

    @property
    def stream_hashes(self) -> tuple[str, ...]:
        """Return the hashes of the master's streams, as the encoder wrote them."""
        return tuple(parse_hashes(self.hashes.text))

    def analysis(self, duration: Fraction) -> Analysis:
        """Return the analysis of all that was seen and heard, once the process has ended."""
        return self.frames.analysis(
            parse_loudness(self.loudness.text), self.tiny, self.speech.spans(duration), duration
        )


def _most(plan: VideoPlan, rate: Fraction) -> int:
    return ceil(plan.duration * rate) + _MORE
