"""Measure how a sound was recorded, with NumPy, from the samples that ffmpeg gives out while it measures the level."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.model import SoundCondition

RATE, CHANNELS = 48_000, 2  # of the samples: 32-bit floats, interleaved
_FRAME = CHANNELS * 4  # bytes
_BLOCK = RATE * _FRAME  # bytes of a second
_FULL, _LOUDEST = 0.999, 1000.0  # of full scale: clipped from here on; more is no sound
_HUMS, _AROUND = (50, 100, 150), 2  # Hz: mains hum and its harmonics; how near
_LOWEST, _LOW = 20, 80  # Hz: what is heard begins; rumble ends
_HARMONIC = 0.02  # share of the second strongest harmonic, at least
_SPECTRUM = 4  # of so many seconds one is looked at by its spectrum
_LEAST, _SILENCE = 1e-20, -200.0


class ConditionMeter:
    """A consumer of samples that measures them a second at a time. `full`: the value from which a sample is clipped."""

    def __init__(self, full: float = _FULL) -> None:
        self._full = full
        self._rest = bytearray()
        self._samples = self._clipped = 0
        self._power, self._product = np.zeros(CHANNELS), 0.0
        self._bands = np.zeros(2 + len(_HUMS))  # power of all, of rumble, and about each frequency of hum

    def __call__(self, data: bytes) -> bool:
        self._rest += data
        while len(self._rest) >= _BLOCK:
            self._take(bytes(self._rest[:_BLOCK]))
            del self._rest[:_BLOCK]
        return True

    def _take(self, block: bytes) -> None:
        left, right = np.frombuffer(block, "<f4").reshape(-1, CHANNELS).T
        sides = [np.ascontiguousarray(side) for side in (left, right)]
        if not all(np.isfinite(side).all() and np.abs(side).max() < _LOUDEST for side in sides):
            sides = [np.nan_to_num(side, nan=0, posinf=0, neginf=0).clip(-_LOUDEST, _LOUDEST) for side in sides]
        self._clipped += _clipped((np.abs(sides[0]) >= self._full) | (np.abs(sides[1]) >= self._full))
        left, right = (side - side.mean() for side in sides)  # cheap recorders add a constant
        self._power += np.array([np.dot(left, left), np.dot(right, right)], float)
        self._product += float(np.dot(left, right))
        if self._samples % (_SPECTRUM * RATE) == 0 and len(left) == RATE:
            self._bands += _bands(left) + _bands(right)
        self._samples += len(left)

    @property
    def condition(self) -> SoundCondition | None:
        """Return the condition of all samples; None where there were none."""
        if whole := len(self._rest) // _FRAME * _FRAME:
            self._take(bytes(self._rest[:whole]))
        self._rest.clear()
        if not self._samples:
            return None
        left, right = (max(_SILENCE, 10 * float(np.log10(it / self._samples + _LEAST))) for it in self._power)
        every = max(float(self._bands[0]), _LEAST)
        return SoundCondition(
            left=round(left, 1),
            right=round(right, 1),
            correlation=_within(self._product / max(float(np.sqrt(self._power.prod())), _LEAST), -1.0),
            clipped=Fraction(self._clipped, RATE),
            hum=_within(_hum(self._bands[2:] / every), 0.0),
            rumble=_within(float(self._bands[1]) / every, 0.0),
        )


_WINDOW = np.hanning(RATE).astype(np.float32)
_FREQUENCY = np.arange(RATE // 2 + 1)  # Hz: a second has a line a hertz
_NEAR = [np.abs(_FREQUENCY - one) <= _AROUND for one in _HUMS]


def _bands(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the audible power of a second of sound, and how much of it is rumble and hum, by its spectrum."""
    power = np.abs(np.fft.rfft(sound * _WINDOW)) ** 2
    return np.array([power[_LOWEST:].sum(), power[_LOWEST:_LOW].sum(), *(power[near].sum() for near in _NEAR)])


def _hum(shares: NDArray[np.float64]) -> float:
    """Return the share of hum: mains hum has harmonics, a single tone is something else."""
    return float(shares.sum()) if sorted(shares)[-2] >= _HARMONIC else 0.0


def _clipped(full: NDArray[np.bool_]) -> int:
    """Count the samples at full scale that have such neighbours: a peak that only touches it is not clipped."""
    return int((full[1:-1] & full[:-2] & full[2:]).sum())


def _within(value: float, least: float) -> float:
    return round(max(least, min(1.0, value)), 3)
