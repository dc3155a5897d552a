"""Put two published pictures of one place side by side, and make a still of each for a wipe, in a confined child."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from pipelines.domain.planning.pairs import AFTER, BEFORE, PAIR, Sheet, sheet_of
from pipelines.sandbox.messages import SHEET
from pipelines.tools.captions.drawing import Lettering
from pipelines.tools.photo.aligning import align

_GROUND, _INK = "#10161c", "#ffffff"
_PLATES = {BEFORE: "#b3261e", AFTER: "#1b7f3b"}
_BASELINE, _WEIGHT = 0.36, 700  # of the font size, below the middle of the plate; the font's weight
_PAD = 0.6  # of the font size, around the text


def serve(request: dict[str, Any]) -> bytes:
    """Write the sheet, and `before.png` and `after.png` of the frame's size; answer with a Sheet.

    The request is `{"font", "before", "after": descriptors, "labels": two, "frame", "least", "most", "quality"}`.
    """
    with os.fdopen(request["font"], "rb") as file:
        lettering = Lettering(file.read())
    pictures = [_opened(request[name], request["most"]) for name in (BEFORE, AFTER)]
    both = align(*(np.asarray(picture) for picture in pictures))
    shown = [Image.fromarray(it) for it in (both.before, both.after)]
    sheet = sheet_of(shown[0].size, both.aligned, (request["least"][0], request["least"][1]))
    _side_by_side(shown, sheet, request["labels"], lettering).save(PAIR, quality=request["quality"])
    frame = (request["frame"][0], request["frame"][1])
    for name, picture, label in zip((BEFORE, AFTER), shown, request["labels"], strict=True):
        still = _fitted(picture, frame)
        _label(still, lettering, label, _PLATES[name], (frame[0] // 20, frame[1] // 20), frame[1] // 18)
        still.save(f"{name}.png", compress_level=1)
    return SHEET.dump_json(sheet)


def _opened(descriptor: int, most: int) -> Image.Image:
    """Return a published picture, upright as they all are, with no side longer than `most` pixels."""
    with os.fdopen(descriptor, "rb") as file, Image.open(file) as picture:
        picture.thumbnail((most, most), Image.Resampling.LANCZOS)
        return picture.convert("RGB")


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the whole picture in the middle of `size`, padded with the ground's colour."""
    return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=_GROUND)


def _side_by_side(shown: list[Image.Image], sheet: Sheet, labels: list[str], lettering: Lettering) -> Image.Image:
    made = Image.new("RGB", (sheet.width, sheet.height), _GROUND)
    for number, (picture, label) in enumerate(zip(shown, labels, strict=True)):
        left = number * (sheet.panel_width + sheet.gap)
        made.paste(_fitted(picture, (sheet.panel_width, sheet.panel_height)), (left, sheet.bar))
        plate, size = _PLATES[(BEFORE, AFTER)[number]], round(sheet.bar / (1 + 2 * _PAD))
        _label(made, lettering, label, plate, (left, 0), size, wide=sheet.panel_width)
    return made


def _label(
    image: Image.Image, lettering: Lettering, text: str, plate: str, at: tuple[int, int], size: int, wide: int = 0
) -> None:
    """Draw a plate with this text. `wide`: the plate's width in pixels; 0: as wide as the text."""
    most = (wide or image.width - 2 * at[0]) - 2 * round(size * _PAD)
    while lettering.wide(text, size, _WEIGHT) > most and len(text) > 1:
        text = text[:-2] + "…"
    pad, length = round(size * _PAD), round(lettering.wide(text, size, _WEIGHT))
    right, tall = at[0] + (wide or length + 2 * pad), size + 2 * pad
    draw = ImageDraw.Draw(image)
    draw.rectangle((at[0], at[1], right - 1, at[1] + tall - 1), fill=plate)
    middle = at[1] + tall // 2 + round(size * _BASELINE)
    draw.text((at[0] + pad, middle), text, font=lettering.font(size, _WEIGHT), fill=_INK, anchor="ls")
