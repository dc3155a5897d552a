"""Build ICC profiles for the colour spaces that pictures name without carrying a profile; Pillow ships none of them.

They are display profiles of matrix and curve, version 4 (ISO 15076-1, 8.3.3).
"""

from __future__ import annotations

import struct
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Space = Literal["srgb", "p3", "adobe", "bt2020", "bt601-525", "bt601-625"]

# x, y of red, green, blue: IEC 61966-2-1; SMPTE EG 432-1; Adobe RGB (1998), 4.3.1.1; ITU-R BT.2020, table 3; BT.601,
# 3.6. White is D65 in all.
_PRIMARIES: dict[Space, tuple[tuple[float, float], ...]] = {
    "srgb": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt601-525": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    "bt601-625": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "adobe": ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
}
_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1; a type 3 parametric curve
_ADOBE_GAMMA = (563 / 256,)  # a type 0 parametric curve

Matrix = NDArray[np.float64]


def profile(space: Space) -> bytes:
    """Return the profile's bytes. All but Adobe RGB are taken to have sRGB's curve, as screens show them."""
    curve = _curve(_ADOBE_GAMMA if space == "adobe" else _SRGB_CURVE)
    red, green, blue = _colorants(space).T
    tags = {
        b"desc": _text(f"nanyue-footage {space}"),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _file(tags)


def _colorants(space: Space) -> Matrix:
    """Return red, green and blue in XYZ as columns.

    They are adapted from D65 to the profile connection space's D50 (Bradford).
    """
    white = np.array(_full(*_D65))
    cones = np.diag((_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white))
    adapted: Matrix = np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ primaries_to_xyz(space)
    return adapted


def primaries_to_xyz(space: Space) -> Matrix:
    """Return the matrix from linear red, green and blue to XYZ, with the white of D65 at a luminance of 1."""
    primaries = np.array([_full(*xy) for xy in _PRIMARIES[space]]).T
    matrix: Matrix = primaries * np.linalg.solve(primaries, np.array(_full(*_D65)))
    return matrix


def _full(x: float, y: float) -> tuple[float, float, float]:
    return x / y, 1.0, (1 - x - y) / y


def _file(tags: dict[bytes, bytes]) -> bytes:
    offset, entries, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        entries += struct.pack(">4sII", name, offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    size = offset + len(data)
    head = struct.pack(">II4s4s4s4s", size, 0, bytes((4, 0x30, 0, 0)), b"mntr", b"RGB ", b"XYZ ")
    dated = struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp")
    rest = bytes(28) + b"".join(map(_fixed, _D50)) + bytes(48)
    return head + dated + rest + struct.pack(">I", len(tags)) + entries + data


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65_536))


def _xyz(values: tuple[float, ...] | Matrix) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(float(value)) for value in values)


def _curve(numbers: tuple[float, ...]) -> bytes:
    kind = 3 if len(numbers) > 1 else 0
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(map(_fixed, numbers))


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType with one record."""
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28) + data
