"""Prepare a film's analysis for selection: extended to the film's end, ranked, with its scenes told apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import Analysis
from pipelines.domain.selection.ranking import Ranks, held_to
from pipelines.domain.selection.scenes import Scenes


@dataclass(frozen=True, slots=True)
class Seen:
    """A film's analysis, ranks and scenes, made once; clips and the reel are both chosen from it."""

    analysis: Analysis
    ranks: Ranks
    scenes: Scenes

    @classmethod
    def of(cls, analysis: Analysis, duration: Fraction, ranks: Ranks | None = None) -> Seen:
        """Return the view of a film of `duration` seconds, whose last picture may stand longer than was analysed.

        `ranks`: those of the analysis as it is, where they are known.
        """
        held = held_to(analysis, duration)
        return cls(held, ranks if ranks and held == analysis else Ranks.of(held), Scenes.of(held))
