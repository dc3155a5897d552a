"""Inside the child: how a photo looks, measured on a small copy of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.domain.model import PhotoQuality

SIDE = 960  # pixels of the copy's long side: what a page shows of it; a quarter of what most cameras give
_PARTS = 8  # a picture is as sharp as its sharpest parts: the ground may be out of focus on purpose
_SHARPEST = 90  # percentile of the parts
_DARK, _BRIGHT = 8, 247  # of 255; beyond them nothing is drawn
_NEAR = 4  # of 255
_CROP = 512  # pixels
_SLOW = 24  # cycles a crop; slower than that is the subject, not a pattern

Grey = NDArray[np.float32]
Colour = tuple[int, ...]


def measure_quality(image: Image.Image) -> PhotoQuality:
    """Of an upright sRGB picture of any size."""
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
    """Whether a corner may be what a JPEG decoder shows where there is no data: the data has to be asked.

    `missing`: what that looks like in this picture. At an eighth of its size, a coded block is one pixel.
    """
    right, bottom = image.width - 1, image.height - 1
    corners = [image.crop((x, y, x + 1, y + 1)).tobytes() for x in (0, right) for y in (0, bottom)]
    apart = [max(abs(seen - grey) for seen, grey in zip(corner, missing, strict=True)) for corner in corners]
    return min(apart) <= _NEAR


def _print(small: Image.Image) -> str:
    """Difference hash: of nine by eight greys, which is brighter than its left neighbour. Survives scale and JPEG."""
    greys = np.asarray(small.resize((9, 8), Image.Resampling.BOX), np.int16)
    return np.packbits(greys[:, 1:] > greys[:, :-1]).tobytes().hex()


def _sharpness(grey: Grey) -> float:
    inner = grey[1:-1, 1:-1]
    edges = 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    rows = np.array_split(edges, _PARTS)
    parts = [part.var() for row in rows for part in np.array_split(row, _PARTS, axis=1) if part.size]
    return float(np.percentile(parts, _SHARPEST))


def _flat(image: Image.Image) -> float:
    """On the pixels as they are: a lens never gives two neighbours the same value for long, a drawn window does."""
    crop = np.asarray(_middle(image, _CROP).convert("RGB").convert("RGBX"))
    pixels = crop.view(np.uint32)[..., 0]
    return float((pixels[:, 1:] == pixels[:, :-1]).mean()) if pixels.shape[1] > 1 else 0.0


def _middle(image: Image.Image, side: int) -> Image.Image:
    left, top = max(0, (image.width - side) // 2), max(0, (image.height - side) // 2)
    return image.crop((left, top, min(image.width, left + side), min(image.height, top + side)))


def _lattice(grey: Grey) -> float:
    """The strongest single frequency against all others: a grid of screen pixels under a grid of sensor pixels."""
    side = min(_CROP, *grey.shape)
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    window = np.hanning(side)
    crop = grey[top : top + side, left : left + side] - grey.mean()
    spectrum = np.abs(np.fft.rfft2(crop * np.outer(window, window)))
    down = np.abs(np.fft.fftfreq(side, 1 / side))[:, None]
    along = np.arange(spectrum.shape[1])[None, :]
    rings = np.hypot(down, along)
    # Edges of things lie along the axes; a pattern of two directions does not.
    seen = (rings > _SLOW * side / _CROP) & (rings < side / 2) & (down > 2) & (along > 2)
    if not seen.any():
        return 0.0
    return float(spectrum[seen].max() / (np.median(spectrum[seen]) + 1))
