"""Draw the pictures of the demo footage: soft shapes, Chinese signs, light and sensor grain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from pipelines.tools.captions.fonts import font_file

Point = tuple[float, float]
Box = tuple[float, float, float, float]

_SIMPLIFIED = 2  # index of the face in the font collection
_FINER = 1.6  # oversampling factor, for soft edges
_OPAQUE = 255


@cache
def lettering(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """Return the Chinese font in a size in pixels and a weight from 100 to 900."""
    font = ImageFont.truetype(font_file(), size, index=_SIMPLIFIED)
    font.set_variation_by_axes([weight])
    return font


class Canvas:
    """A canvas whose lengths are in units; `scale` is the number of pixels of the finished picture per unit."""

    def __init__(self, width: float, height: float, scale: float, ground: str = "#00000000") -> None:
        self._size = round(width * scale), round(height * scale)
        self._scale = scale * _FINER
        self.image = Image.new("RGBA", (round(self._size[0] * _FINER), round(self._size[1] * _FINER)), ground)

    def finished(self) -> Image.Image:
        """Return the picture, scaled down to its final size."""
        return self.image.resize(self._size, Image.Resampling.BOX)

    def _at(self, points: Sequence[float]) -> list[float]:
        return [value * self._scale for value in points]

    def box(self, box: Box, fill: str, *, radius: float = 0) -> None:
        """Draw a rectangle, with round corners if a radius is given."""
        ImageDraw.Draw(self.image).rounded_rectangle(self._at(box), radius * self._scale, fill)

    def disc(self, box: Box, fill: str | None, *, outline: str | None = None, width: float = 1) -> None:
        """Draw an ellipse inside the box."""
        line = round(width * self._scale)
        ImageDraw.Draw(self.image).ellipse(self._at(box), fill, outline, line if outline else 0)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """Draw a polygon."""
        ImageDraw.Draw(self.image).polygon(self._at([value for point in points for value in point]), fill)

    def line(self, points: Sequence[Point], fill: str, width: float) -> None:
        """Draw a line through these points, with round joints."""
        flat = self._at([value for point in points for value in point])
        ImageDraw.Draw(self.image).line(flat, fill, round(width * self._scale), "curve")

    def arc(self, box: Box, start: float, end: float, fill: str) -> None:
        """Draw a filled sector of an ellipse; angles in degrees clockwise from three o'clock."""
        ImageDraw.Draw(self.image).pieslice(self._at(box), start, end, fill)

    def text(self, centre: Point, words: str, size: float, fill: str, weight: int = 700) -> None:
        """Draw words around their centre."""
        font = lettering(round(size * self._scale), weight)
        x, y = self._at(centre)
        ImageDraw.Draw(self.image).text((x, y), words, fill, font, "mm")

    def sign(self, box: Box, words: str, fill: str, ink: str = "#ffffff") -> None:
        """Draw a board with words that fill it, and its shadow."""
        left, top, right, bottom = box
        self.glow((left + 3, top + 5, right + 5, bottom + 8), "#00000070", 4)
        self.box(box, fill, radius=4)
        size = min(0.62 * (bottom - top), 0.9 * (right - left) / len(words))
        self.text(((left + right) / 2, (top + bottom) / 2 - size * 0.04), words, size, ink)

    def fade(self, box: Box, start: str, end: str, *, across: bool = False) -> None:
        """Draw a gradient downwards, or with `across` from left to right."""
        left, top, right, bottom = (round(value) for value in self._at(box))
        mask = Image.linear_gradient("L")
        mask = (mask.rotate(90) if across else mask).resize((right - left, bottom - top))
        first, last = (Image.new("RGBA", mask.size, colour) for colour in (start, end))
        self.image.alpha_composite(Image.composite(last, first, mask), (left, top))

    def round_fade(self, box: Box, dark: str, light: str) -> None:
        """Draw a gradient as on a cylinder: dark, light at two fifths of the width, dark."""
        left, top, right, bottom = box
        ridge = left + 0.4 * (right - left)
        self.fade((left, top, ridge, bottom), dark, light, across=True)
        self.fade((ridge, top, right, bottom), light, dark, across=True)

    def glow(self, box: Box, fill: str, blur: float) -> None:
        """Draw a blurred ellipse, for a shadow, a lamp's light or smoke."""
        left, top, right, bottom = (round(value) for value in self._at(box))
        margin = round(3 * blur * self._scale)
        cloud = Image.new("RGBA", (right - left + 2 * margin, bottom - top + 2 * margin), fill[:7] + "00")
        ImageDraw.Draw(cloud).ellipse((margin, margin, cloud.width - margin, cloud.height - margin), fill)
        soft = cloud.reduce(4).filter(ImageFilter.GaussianBlur(blur * self._scale / 4)).resize(cloud.size)
        self.paste(soft, left - margin, top - margin)

    def put(self, sprite: Image.Image, left: float, top: float, height: float) -> None:
        """Draw another picture, scaled to this height."""
        tall = round(height * self._scale)
        wide = round(sprite.width * tall / sprite.height)
        self.paste(sprite.resize((wide, tall)), *(round(value) for value in self._at((left, top))))

    def paste(self, picture: Image.Image, left: int, top: int) -> None:
        """Draw another picture at these pixel coordinates, which may lie outside the canvas."""
        hidden = max(0, -left), max(0, -top)
        if hidden[0] < picture.width and hidden[1] < picture.height:
            self.image.alpha_composite(picture, (max(0, left), max(0, top)), hidden)


def grained(picture: Image.Image, grain: float, seed: int, stains: float = 2.0) -> Image.Image:
    """Return the picture with stains, sensor noise and darker corners.

    `grain` and `stains` are standard deviations on a scale of 255.
    """
    random = np.random.default_rng(seed)
    width, height = picture.size
    fine = random.standard_normal((height, width), np.float32) * grain
    coarse = Image.fromarray(random.standard_normal((18, 32), np.float32) * stains).resize(picture.size)
    noise = np.asarray(coarse) + fine - _falloff(width, height)
    drawn = np.asarray(picture.convert("RGB"), np.float32) + noise[..., None]
    return Image.fromarray(np.clip(drawn, 0, _OPAQUE).astype(np.uint8))


def _falloff(width: int, height: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return 16 * (across**2 + down**2)


def clouds(width: int, height: int, seed: int) -> Image.Image:
    """Return white clouds on a transparent ground, thinner towards the bottom; `width` and `height` in pixels."""
    random = np.random.default_rng(seed)
    total = Image.new("L", (width, height), 0)
    for size, share in ((6, 150), (14, 90), (40, 45)):
        layer = Image.fromarray((random.random((size // 2, size)) * share).astype(np.uint8))
        total = ImageChops.add(total, layer.resize((width, height), Image.Resampling.BICUBIC))
    thin = ImageChops.multiply(total.point(lambda v: max(0, min(230, (v - 135) * 3))), _downwards(width, height))
    white = Image.new("RGBA", (width, height), "#ffffff")
    white.putalpha(thin)
    return white


def _downwards(width: int, height: int) -> Image.Image:
    return ImageChops.invert(Image.linear_gradient("L")).resize((width, height))
