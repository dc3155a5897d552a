"""Map an HDR picture (PQ or HLG) to sRGB as films are: BT.2408's reference white of 203 cd/m², then mobius.

The formulas are those of the filters in :mod:`pipelines.domain.planning.picture`; PyAV's own build lacks zscale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.domain.model import Colour
from pipelines.tools.bitstream.icc import Space, primaries_to_xyz

Floats = NDArray[np.float32]

_WHITE, _PQ_PEAK, _HLG_PEAK = 203.0, 10_000.0, 1000.0  # cd/m²
_M1, _M2, _C1, _C2, _C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875  # SMPTE ST 2084, 5.1
_A, _B, _C, _SYSTEM = 0.17883277, 0.28466892, 0.55991073, 1.2  # ITU-R BT.2100, table 5
_KNEE, _PEAK = 0.3, 10.0  # ffmpeg's tonemap: where mobius leaves the line; the peak of a source that names none
_STEPS, _ROWS = 4096, 128
_SPACES: dict[str, Space] = {
    "bt709": "srgb",
    "smpte170m": "bt601-525",
    "bt470bg": "bt601-625",
    "smpte431": "p3",
    "smpte432": "p3",
    "bt2020": "bt2020",
}


def tone_mapped(image: Image.Image, colour: Colour) -> Image.Image:
    """Return an RGB picture in sRGB, some rows at a time: as floats, 12 megapixels would take 150 MB."""
    to_xyz = primaries_to_xyz(_SPACES.get(colour.primaries, "bt2020"))
    matrix = (np.linalg.inv(primaries_to_xyz("srgb")) @ to_xyz).astype(np.float32)
    curve = _curve(colour.transfer)
    coded, made = np.asarray(image), np.empty((image.height, image.width, 3), np.uint8)
    for row in range(0, image.height, _ROWS):
        light = curve[coded[row : row + _ROWS]]
        made[row : row + _ROWS] = _encoded(_mapped(np.maximum(light @ matrix.T, 0)))
    return Image.fromarray(made)


@cache
def _curve(transfer: str) -> Floats:
    """Return the displayed light of each of 256 code values, 1 for reference white.

    HLG's system gamma is applied to each channel, as zimg does, and not to their luminance (ITU-R BT.2100, note 5f).
    """
    value = np.arange(256) / 255
    if transfer == "smpte2084":
        power = value ** (1 / _M2)
        light = _PQ_PEAK / _WHITE * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    else:
        scene = np.where(value <= 0.5, value**2 / 3, (np.exp((value - _C) / _A) + _B) / 12)
        light = _HLG_PEAK / _WHITE * scene**_SYSTEM
    return light.astype(np.float32)


def _mapped(light: Floats) -> Floats:
    """Return the light between 0 and 1, by mobius on the brightest channel, so that hues stay."""
    a = -(_KNEE**2) * (_PEAK - 1) / (_KNEE**2 - 2 * _KNEE + _PEAK)
    b = (_KNEE**2 - 2 * _KNEE * _PEAK + _PEAK) / (_PEAK - 1)
    most = light.max(axis=-1, keepdims=True)
    bent = (b**2 + 2 * b * _KNEE + _KNEE**2) / (b - a) * (most + a) / (most + b)
    mapped: Floats = light * np.where(most > _KNEE, bent / np.maximum(most, 1e-6), 1).astype(np.float32)
    return mapped


@cache
def _srgb() -> NDArray[np.uint8]:
    light = np.linspace(0, 1, _STEPS)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(coded * 255).astype(np.uint8)


def _encoded(light: Floats) -> NDArray[np.uint8]:
    coded: NDArray[np.uint8] = _srgb()[np.minimum(light * (_STEPS - 1) + 0.5, _STEPS - 1).astype(np.int32)]
    return coded
