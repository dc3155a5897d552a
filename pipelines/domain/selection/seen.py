"""A film as choices see it: its analysis to the film's end, every moment ranked, its scenes told apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import Analysis
from pipelines.domain.selection.ranking import Ranks, held_to
from pipelines.domain.selection.scenes import Scenes


@dataclass(frozen=True, slots=True)
class Seen:
    """Made once; clips and the reel are both chosen from it."""

    analysis: Analysis
    ranks: Ranks
    scenes: Scenes

    @classmethod
    def of(cls, analysis: Analysis, duration: Fraction) -> Seen:
        """Of a film of so many seconds, whose last picture may stand longer than was analysed."""
        held = held_to(analysis, duration)
        return cls(held, Ranks.of(held), Scenes.of(held))
