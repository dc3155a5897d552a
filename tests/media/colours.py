"""Colours as numbers: patches coded in any space, and how different two colours look (CIEDE2000)."""

from __future__ import annotations

import subprocess
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.tools.ffmpeg.binary import executable

Floats = NDArray[np.float64]

PRIMARIES = {"709": "bt709", "601": "smpte170m", "P3": "smpte432", "2020": "bt2020"}
TRANSFERS = {"SDR": "bt709", "PQ": "smpte2084", "HLG": "arib-std-b67"}
MATRICES = {"709": "bt709", "601": "smpte170m", "P3": "bt709", "2020": "bt2020nc"}
NUMBERS = {"709": 1, "601": 6, "P3": 12, "2020": 9}
# As a screen shows them (sRGB); all lie within BT.709, so that nothing has to be clipped.
SHOWN = np.array([[180, 60, 50], [60, 150, 70], [50, 70, 170], [200, 200, 200], [90, 90, 90], [190, 160, 60]], float)
SIDE = 32  # pixels of a patch
_HDR = ("zscale=primaries=bt709,tonemap=tonemap=mobius:desat=0,", "npl=203")


@cache
def coded(space: str, transfer: str) -> NDArray[np.uint16]:
    """The patches in a row, as RGB code values of 16 bits in this space."""
    strip = np.repeat(np.round(SHOWN * 257).astype(np.uint16), SIDE, axis=0)[None].repeat(SIDE, axis=0)
    target = f"primaries={PRIMARIES[space]}:transfer={TRANSFERS[transfer]}:matrix=gbr:range=full"
    return _through(strip, f"{_tagged('bt709', 'bt709')},{_LINEAR}:npl=203,format=gbrpf32le,zscale={target}:npl=203")


def reference(values: NDArray[np.uint16], space: str, transfer: str, curve: str = "bt709") -> Floats:
    """What zimg makes of these code values: each patch with this curve, 0 to 255."""
    read = f"transferin={TRANSFERS[transfer]}:primariesin={PRIMARIES[space]}:matrixin=gbr:rangein=full"
    tone, white = _HDR if transfer != "SDR" else ("", "npl=100")
    tagged = _tagged(PRIMARIES[space], TRANSFERS[transfer])
    graph = f"{tagged},zscale={read}:transfer=linear:{white},format=gbrpf32le,{tone}"
    made = _through(values, f"{graph}zscale=primaries=bt709:transfer={curve}:matrix=gbr:range=full")
    return patches(made / 257)


def _tagged(primaries: str, transfer: str) -> str:
    return f"format=gbrp16le,setparams=color_primaries={primaries}:color_trc={transfer}:colorspace=gbr:range=full"


_LINEAR = "zscale=transferin=bt709:primariesin=bt709:matrixin=gbr:rangein=full:transfer=linear"


def _through(values: NDArray[np.uint16], graph: str) -> NDArray[np.uint16]:
    height, width, _ = values.shape
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le")
    command = [
        executable(),
        "-v",
        "error",
        *raw,
        "-s",
        f"{width}x{height}",
        "-i",
        "-",
        "-vf",
        f"{graph},format=gbrp16le",
        *raw,
        "-",
    ]
    done = subprocess.run(command, input=values.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint16).reshape(height, width, 3)


def patches(picture: NDArray[np.generic]) -> Floats:
    """The mean colour of the middle of each patch."""
    height, width, _ = picture.shape
    wide = width // len(SHOWN)
    middles = [
        picture[height // 4 : -height // 4, n * wide + wide // 4 : (n + 1) * wide - wide // 4]
        for n in range(len(SHOWN))
    ]
    return np.array([np.asarray(middle, float).mean(axis=(0, 1)) for middle in middles])


def apart(first: Floats, second: Floats) -> float:
    """The largest CIEDE2000 difference between sRGB colours, pair by pair."""
    return max(delta_e(a, b) for a, b in zip(lab(first), lab(second), strict=True))


def lab(srgb: Floats) -> Floats:
    """CIE L*a*b* of sRGB colours (0 to 255), against the white of D65."""
    value = srgb / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    ratio = light @ matrix.T / matrix.sum(axis=1)
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def delta_e(first: Floats, second: Floats) -> float:
    """CIEDE2000 (ISO/CIE 11664-6) of two L*a*b* colours."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * (1 + grey), b1), np.hypot(a2 * (1 + grey), b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * (1 + grey))) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else ((h1 + turn / 2) % 360)
    t = 1 - 0.17 * _cos(h - 30) + 0.24 * _cos(2 * h) + 0.32 * _cos(3 * h + 6) - 0.2 * _cos(4 * h - 63)
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    terms = ((l2 - l1) / sl, (c2 - c1) / sc, hue / sh)
    return float(np.sqrt(sum(term**2 for term in terms) + rotation * terms[1] * terms[2]))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))
