"""Draw the objects and the people in the scenes of the demo footage."""

from __future__ import annotations

import random

from PIL import Image

from worker.drawing import Canvas


def carton(canvas: Canvas, left: float, top: float, wide: float, tall: float, dice: random.Random) -> None:
    """Draw a carton with tape and, in six of ten cases, a label."""
    light, dark = dice.choice((("#c79a63", "#96703f"), ("#b98a52", "#875f34"), ("#d2ab78", "#a27d4c")))
    canvas.fade((left, top, left + wide, top + tall), light, dark)
    canvas.box((left + wide * 0.44, top, left + wide * 0.56, top + tall), "#dcc39a90")
    if dice.random() < 0.6:
        canvas.box((left + wide * 0.1, top + tall * 0.55, left + wide * 0.38, top + tall * 0.8), "#f2efe6")
        for row in range(3):
            y = top + tall * (0.6 + 0.06 * row)
            canvas.line([(left + wide * 0.13, y), (left + wide * dice.uniform(0.24, 0.35), y)], "#4a4a4a", 1.4)


def extinguisher(canvas: Canvas, left: float, top: float) -> None:
    """Draw a red fire extinguisher, 60 units wide and 150 high."""
    canvas.glow((left - 8, top + 132, left + 76, top + 164), "#00000090", 5)
    canvas.box((left, top + 28, left + 60, top + 150), "#a8140f", radius=16)
    canvas.round_fade((left, top + 46, left + 60, top + 136), "#8c0f0b", "#ea4436")
    canvas.box((left + 20, top + 6, left + 40, top + 32), "#2b2e31", radius=3)
    canvas.line([(left + 36, top + 10), (left + 70, top + 22), (left + 66, top + 96)], "#1c1e20", 6)
    canvas.box((left + 12, top + 66, left + 48, top + 112), "#f4efe2")
    canvas.text((left + 30, top + 89), "灭火", 15, "#a8140f", 800)


def person(scale: float, vest: str = "#e8641b") -> Image.Image:
    """Return a person in a helmet and a vest, from the side, 120 units wide and 300 high."""
    canvas = Canvas(120, 300, scale)
    canvas.shape([(44, 180), (66, 180), (50, 286), (30, 286)], "#26324a")
    canvas.shape([(54, 180), (80, 180), (94, 286), (74, 286)], "#2f3d5a")
    canvas.box((24, 282, 54, 296), "#1b1b1d", radius=6)
    canvas.box((72, 282, 106, 296), "#1b1b1d", radius=6)
    canvas.box((36, 80, 88, 192), vest, radius=16)
    canvas.box((36, 126, 88, 138), "#e9f06a")
    canvas.box((36, 158, 88, 170), "#e9f06a")
    canvas.line([(62, 98), (78, 138), (100, 158)], "#35507c", 18)
    canvas.disc((92, 148, 112, 168), "#d9a47c")
    canvas.box((96, 130, 118, 164), "#f3f1e8", radius=3)
    canvas.disc((40, 28, 86, 84), "#d9a47c")
    canvas.arc((36, 14, 88, 78), 180, 360, "#f4c51d")
    canvas.box((36, 42, 100, 52), "#e0b010", radius=4)
    return canvas.finished()


def forklift(scale: float) -> Image.Image:
    """Return a forklift with its load in front, 360 units wide and 260 high."""
    canvas = Canvas(360, 260, scale)
    canvas.line([(96, 20), (96, 120)], "#2b2e31", 9)
    canvas.line([(206, 20), (218, 150)], "#2b2e31", 9)
    canvas.box((84, 14, 216, 26), "#2b2e31", radius=4)
    canvas.put(person(scale), 104, 34, 190)
    canvas.fade((40, 132, 240, 214), "#f5b51e", "#c88508")
    canvas.box((28, 110, 86, 200), "#e39d0e", radius=14)
    canvas.text((140, 178), "限速5公里", 28, "#20221f", 800)
    canvas.box((240, 10, 256, 226), "#3a3e42")
    canvas.box((252, 214, 356, 224), "#2b2e31")
    dice = random.Random(2)  # noqa: S311
    for top in (136, 66):
        carton(canvas, 262, top, 86, 76, dice)
    for left in (48, 190):
        canvas.disc((left, 186, left + 62, 248), "#1c1e20")
        canvas.disc((left + 20, 206, left + 42, 228), "#b9bec2")
    return canvas.finished()


def flames(scale: float) -> Image.Image:
    """Return a fire, 240 units wide and 220 high."""
    canvas = Canvas(240, 220, scale)
    for left, top, right, colour in (
        (34, 90, 120, "#ff6a1ac0"),
        (84, 30, 150, "#ff6a1ac0"),
        (130, 76, 206, "#ff6a1ac0"),
        (64, 110, 118, "#ffae2ee0"),
        (92, 84, 146, "#ffae2ee0"),
        (128, 118, 178, "#ffae2ee0"),
        (88, 140, 150, "#fff2b0f0"),
    ):
        canvas.glow((left, top, right, 206), colour, 7)
    return canvas.finished()
