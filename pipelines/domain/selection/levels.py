"""Average momentary levels as ITU-R BS.1770 does: by their energy, with gates."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

_SILENCE, _GATE = -70.0, -10.0  # LKFS; LU below the mean (ITU-R BS.1770-5, Annex 1)


def integrated(levels: Sequence[float]) -> float | None:
    """Return the gated mean, in LKFS, of momentary levels; None where all is silence."""
    loud = [level for level in levels if level > _SILENCE]
    if not loud:
        return None
    gate = energy_mean(loud) + _GATE
    return energy_mean([level for level in loud if level > gate])


def energy_mean(levels: Sequence[float]) -> float:
    """Return the level of the mean energy of these levels, in the same unit; there must be one at least."""
    return 10 * log10(sum(10 ** (level / 10) for level in levels) / len(levels))
