"""One channel's film: the joined pieces heard, captions drawn, and all of it framed, levelled and encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil

from pipelines.domain.errors import ToolFailed
from pipelines.domain.model import Caption, Finding, Output, VideoFacts
from pipelines.domain.planning.derivation import DerivationPlan
from pipelines.domain.planning.renditions import Rendition, output_of, picture_ops, sound_ops
from pipelines.domain.planning.sound import level_of
from pipelines.domain.profiles import ChannelProfile
from pipelines.domain.reporting import Report
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import CAPTIONS
from pipelines.sandbox.process import Alive
from pipelines.stages.probe import probe_outputs
from pipelines.stages.promised import Promised
from pipelines.tools.captions.fonts import font_file
from pipelines.tools.ffmpeg import channel_graphs
from pipelines.tools.ffmpeg.loudness import hear
from pipelines.tools.ffmpeg.output import ProgressReader
from pipelines.tools.ffmpeg.piped import encode

_CPU_BASE, _CPU_PER_SECOND = 1800, 120  # seconds


@dataclass(frozen=True, slots=True)
class ChannelFilm:
    """To be made in a scratch folder where its pieces lie joined, under the name of :attr:`Rendition.film`."""

    made: Rendition
    plan: DerivationPlan
    scratch: Scratch
    report: Report
    alive: Alive

    @property
    def channel(self) -> ChannelProfile:
        """What the channel takes."""
        return dict(self.plan.channels)[self.made.channel]

    def make(self) -> Promised:
        """Write the film and return what is promised of it. Raises ToolFailed."""
        film = self._heard()
        output = output_of(self.made, film, self.channel)
        captions = self._captions()
        ops = picture_ops(self.made, film), sound_ops(self.made, film, self.channel)
        self._encode(output, ops, captions)
        (self.scratch / self.made.film).unlink()
        return Promised((output,), tuple(self._told(film, captions)))

    def _heard(self) -> VideoFacts:
        path = self.scratch / self.made.film
        (facts,) = probe_outputs({path: False}, self.scratch, self.alive)
        if not isinstance(facts, VideoFacts) or facts.audio is None:
            raise ToolFailed(f"{path.name} is no film")
        if self.made.silent:
            return facts
        level = hear(path, facts.audio, self.scratch, self.alive)
        return replace(facts, audio=replace(facts.audio, level=level))

    def _captions(self) -> tuple[Caption, ...]:
        templates = dict(self.plan.templates)
        with font_file().open("rb") as font:
            request = {
                "font": font.fileno(),
                "templates": [templates[name].model_dump() for name in self.made.captions],
                "words": dict(self.plan.words),
                "frame": [self.made.width, self.made.height],
                "safe": self.channel.safe.model_dump(),
                "name": f"caption-{self.made.channel}",
            }
            inherit = [font.fileno()]
            return children.call("caption", request, CAPTIONS, scratch=self.scratch, inherit=inherit, alive=self.alive)

    def _encode(self, output: Output, ops: channel_graphs.Ops, captions: Sequence[Caption]) -> None:
        length = output.expect.duration or Fraction(1)
        cpu = _CPU_BASE + ceil(length * _CPU_PER_SECOND)
        limits = Limits(wall=6 * 3600, stall=300, cpu=cpu, file_size=2 * self.made.most_bytes, folder=1 << 50)
        progress = ProgressReader("edit", length, self.report)
        with (self.scratch / self.made.film).open("rb") as source:
            command = partial(channel_graphs.arguments, self.made, output, ops, captions, source.fileno())
            inherit = [source.fileno()]
            encode(command, progress, scratch=self.scratch, limits=limits, inherit=inherit, alive=self.alive)

    def _told(self, film: VideoFacts, captions: Sequence[Caption]) -> Iterator[Finding]:
        """Words that did not fit even at their smallest; a sound too short for BS.1770 to say how loud it is."""
        if not all(caption.whole for caption in captions):
            yield Finding("caption-cut", "warning", "", self.made.channel, self.made.name)
        if not self.made.silent and self.channel.loudness is not None and level_of(film.audio) is None:
            yield Finding("too-short-to-level", "warning", "", self.made.channel, self.made.name)
