"""CIEDE2000, how different two colours look (Sharma, Wu and Dalal 2005; the numbers of the equations are theirs)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_D65 = np.array([0.95047, 1.0, 1.08883])
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(srgb: NDArray[np.uint8]) -> Values:
    """L*a*b* (D65) of sRGB pixels of any shape, three values last."""
    values = srgb / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    relative = linear @ _TO_XYZ.T / _D65
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e(first: Values, second: Values) -> Values:
    """CIEDE2000 of L*a*b* colours of one shape, weights 1."""
    chroma_ab = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    g = 0.5 * (1 - np.sqrt(chroma_ab**7 / (chroma_ab**7 + 25.0**7)))  # (4)
    (l1, c1, h1), (l2, c2, h2) = (_polar(colour, g) for colour in (first, second))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)  # (10)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)  # (14)
    cosines = (
        *(-0.17 * np.cos(np.radians(mean_h - 30)), 0.24 * np.cos(np.radians(2 * mean_h))),
        *(0.32 * np.cos(np.radians(3 * mean_h + 6)), -0.20 * np.cos(np.radians(4 * mean_h - 63))),
    )
    t = 1 + sum(cosines)  # (15)
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)  # (18)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t  # (19) (20)
    apart = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))  # (11)
    lightness, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, apart / s_h
    result: Values = np.sqrt(lightness**2 + chroma**2 + hue**2 + _rotation(mean_c, mean_h) * chroma * hue)  # (22)
    return result


def _polar(colour: Values, g: Values) -> tuple[Values, Values, Values]:
    a = (1 + g) * colour[..., 1]
    return colour[..., 0], np.hypot(a, colour[..., 2]), np.degrees(np.arctan2(colour[..., 2], a)) % 360


def _rotation(chroma: Values, hue: Values) -> Values:
    angle = 30 * np.exp(-(((hue - 275) / 25) ** 2))  # (16)
    result: Values = -np.sin(np.radians(2 * angle)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))  # (17) (21)
    return result
