"""Draw caption cards with a real Chinese font, on a transparent ground, with Pillow, inside a confined child."""

from __future__ import annotations

import os
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFont, ImageOps
from pydantic import TypeAdapter

from pipelines.domain.captions import CaptionTemplate
from pipelines.domain.model import Caption
from pipelines.domain.planning.cards import Card, Written, lay_out
from pipelines.domain.profiles import Margins
from pipelines.sandbox.messages import CAPTIONS

_SIMPLIFIED = 2  # index of the collection's face with the mainland's forms
_TEMPLATES: TypeAdapter[tuple[CaptionTemplate, ...]] = TypeAdapter(tuple[CaptionTemplate, ...])
_GREY, _OUTLINE = (104, 110, 114), (230, 90, 60)
_BASELINE = 1.06  # of the font size, below the top of its row: Noto's ascent, and half of the space between two rows


def serve(request: dict[str, Any]) -> bytes:
    """Write the cards as NAME-1.png and so on; answer with Captions.

    The request is `{"font": descriptor, "templates", "words", "frame", "safe", "name"}`. With `"proof"` each card lies
    on a grey ground, or on the picture `"over"` (a descriptor), and the safe area is outlined.
    """
    with os.fdopen(request["font"], "rb") as file:
        lettering = Lettering(file.read())
    templates = _TEMPLATES.validate_python(request["templates"], strict=False)
    safe, frame = Margins.model_validate(request["safe"]), (request["frame"][0], request["frame"][1])
    captions = []
    for number, template in enumerate(templates, 1):
        card = lay_out(template, request["words"], frame, safe, lettering.wide)
        if card:
            picture = f"{request['name']}-{number}.png"
            drawn = lettering.drawn(card)
            made = _proof(drawn, safe, request["over"]) if request.get("proof") else drawn
            made.save(picture, compress_level=1)
            captions.append(Caption(picture, template.begins, template.seconds, card.whole))
    return CAPTIONS.dump_json(tuple(captions))


def _proof(drawn: Image.Image, safe: Margins, over: int | None) -> Image.Image:
    ground = Image.new("RGB", drawn.size, _GREY)
    if over is not None:
        with os.fdopen(os.dup(over), "rb") as file:
            file.seek(0)
            ground = ImageOps.fit(Image.open(file).convert("RGB"), drawn.size)
    ground.paste(drawn, (0, 0), drawn)
    width, height = drawn.size
    box = (width * safe.left, height * safe.top, width * (1 - safe.right), height * (1 - safe.bottom))
    ImageDraw.Draw(ground).rectangle(box, outline=_OUTLINE, width=2)
    return ground


class Lettering:
    """The font in all its sizes and weights, with the widths of text in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # Rows are tried in many widths, so the same words are measured again and again.
        self._font, self._wide = cache(self._made), cache(self._measured)

    def _made(self, size: int, weight: int) -> ImageFont.FreeTypeFont:
        font = ImageFont.truetype(BytesIO(self._data), size, index=_SIMPLIFIED)
        font.set_variation_by_axes([weight])
        return font

    def _measured(self, text: str, size: int, weight: int) -> float:
        return self._font(size, weight).getlength(text)

    def font(self, size: int, weight: int) -> ImageFont.FreeTypeFont:
        """Return the font in this size (pixels) and weight."""
        return self._font(size, weight)

    def wide(self, text: str, size: int, weight: int) -> float:
        """Return the width of a row of text, from its beginning to its end, in pixels."""
        return self._wide(text, size, weight)

    def drawn(self, card: Card) -> Image.Image:
        """Return the card alone, transparent where there is nothing."""
        image = Image.new("RGBA", card.frame, (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        plate, accent = card.plate, card.accent
        draw.rectangle((plate.left, plate.top, plate.right - 1, plate.bottom - 1), fill=card.plate_colour)
        if accent:
            draw.rectangle((accent.left, accent.top, accent.right - 1, accent.bottom - 1), fill=card.accent_colour)
        for row in card.written:
            self._write(image, row)
        return image

    def _write(self, image: Image.Image, row: Written) -> None:
        """Write a row on a layer of its own: drawn directly, the edges of letters would make the plate transparent."""
        font = self._font(row.size, row.weight)
        layer = Image.new("RGBA", image.size, (*ImageColor.getrgb(row.colour)[:3], 0))
        baseline = row.y + round(row.size * _BASELINE)
        ImageDraw.Draw(layer).text((row.x, baseline), row.text, font=font, fill=row.colour, anchor="ls")
        image.alpha_composite(layer)
