"""Measure the quality of a photo on a small copy of it, inside a confined child."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.domain.model import PhotoQuality

SIDE = 960  # pixels of the copy's long side, as a page shows it; a quarter of most cameras' pictures
_PARTS = 8  # a picture is as sharp as its sharpest parts: the background may be out of focus on purpose
_SHARPEST = 90  # percentile of the parts
_DARK, _BRIGHT = 8, 247  # of 255; beyond them there is no detail
_NEAR = 4  # of 255
_CROP = 512  # pixels
_SLOW = 24  # cycles a crop; lower frequencies are the subject, not a pattern

Grey = NDArray[np.float32]
Colour = tuple[int, ...]


def measure_quality(image: Image.Image) -> PhotoQuality:
    """Measure an upright sRGB picture of any size."""
    scale = min(1.0, SIDE / max(image.size))
    size = (max(9, round(image.width * scale)), max(9, round(image.height * scale)))
    small = image.resize(size, Image.Resampling.BOX, reducing_gap=2).convert("L")
    grey = np.asarray(small, np.float32)
    return PhotoQuality(
        print=_print(small),
        sharpness=round(_sharpness(grey), 2),
        luma=round(float(grey.mean()), 2),
        dark=round(float((grey < _DARK).mean()), 4),
        bright=round(float((grey > _BRIGHT).mean()), 4),
        flat=round(_flat(image), 4),
        lattice=round(_lattice(grey), 1),
    )


def may_be_cut_off(image: Image.Image, missing: Colour) -> bool:
    """Tell whether a corner may be what a JPEG decoder shows for missing data: then the data must be checked.

    `missing`: the colour of missing data in this picture. At an eighth of its size, a coded block is one pixel.
    """
    right, bottom = image.width - 1, image.height - 1
    corners = [image.crop((x, y, x + 1, y + 1)).tobytes() for x in (0, right) for y in (0, bottom)]
    apart = [max(abs(seen - grey) for seen, grey in zip(corner, missing, strict=True)) for corner in corners]
    return min(apart) <= _NEAR


def _print(small: Image.Image) -> str:
    """Return the difference hash: for nine by eight greys, which is brighter than its left neighbour.

    It survives scaling and JPEG.
    """
    greys = np.asarray(small.resize((9, 8), Image.Resampling.BOX), np.int16)
    return np.packbits(greys[:, 1:] > greys[:, :-1]).tobytes().hex()


def _sharpness(grey: Grey) -> float:
    inner = grey[1:-1, 1:-1]
    edges = 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    rows = np.array_split(edges, _PARTS)
    parts = [part.var() for row in rows for part in np.array_split(row, _PARTS, axis=1) if part.size]
    return float(np.percentile(parts, _SHARPEST))


def _flat(image: Image.Image) -> float:
    """Return the share of neighbours that are exactly equal, on the pixels as they are.

    A lens never gives two neighbours the same value for long; a drawn window does.
    """
    crop = np.asarray(_middle(image, _CROP).convert("RGB").convert("RGBX"))
    pixels = crop.view(np.uint32)[..., 0]
    return float((pixels[:, 1:] == pixels[:, :-1]).mean()) if pixels.shape[1] > 1 else 0.0


def _middle(image: Image.Image, side: int) -> Image.Image:
    left, top = max(0, (image.width - side) // 2), max(0, (image.height - side) // 2)
    return image.crop((left, top, min(image.width, left + side), min(image.height, top + side)))


def _lattice(grey: Grey) -> float:
    """Return how far the strongest single frequency stands out from all others.

    It shows a grid of screen pixels under a grid of sensor pixels.
    """
    side = min(_CROP, *grey.shape)
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    window = np.hanning(side)
    crop = grey[top : top + side, left : left + side] - grey.mean()
    spectrum = np.abs(np.fft.rfft2(crop * np.outer(window, window)))
    down = np.abs(np.fft.fftfreq(side, 1 / side))[:, None]
    along = np.arange(spectrum.shape[1])[None, :]
    rings = np.hypot(down, along)
    # Edges of objects lie along the axes; a pattern of two directions does not.
    seen = (rings > _SLOW * side / _CROP) & (rings < side / 2) & (down > 2) & (along > 2)
    if not seen.any():
        return 0.0
    return float(spectrum[seen].max() / (np.median(spectrum[seen]) + 1))
