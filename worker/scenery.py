"""Draw the scenes of the demo footage: a launch, a warehouse, a switch room, a drill, a plant, a blocked exit."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from worker.drawing import Canvas, clouds, grained
from worker.sprites import carton, extinguisher, person

WIDE, TALL = 1408, 792  # units of a scene; a tenth more than a frame, as a margin for camera moves
_GRAIN = 2.5


def _canvas(scale: float, ground: str) -> Canvas:
    return Canvas(WIDE, TALL, scale, ground)


def _sky(canvas: Canvas, top: str, bottom: str, until: float, seed: int) -> None:
    canvas.fade((0, 0, WIDE, until), top, bottom)
    size = canvas.image.width, round(canvas.image.height * until / TALL)
    canvas.image.alpha_composite(clouds(*size, seed))


def launch(scale: float) -> Image.Image:
    """Draw a stage under the open sky and its audience."""
    canvas = _canvas(scale, "#8a8f92")
    _sky(canvas, "#4f8fd0", "#cfe3f2", 520, 1)
    canvas.shape(
        [(0, 430), (220, 330), (470, 420), (760, 300), (1090, 410), (1408, 320), (1408, 540), (0, 540)], "#7c9c8d"
    )
    canvas.fade((0, 500, WIDE, TALL), "#a7aaa6", "#6c706f")
    canvas.glow((170, 540, 1250, 650), "#00000080", 12)
    canvas.fade((230, 110, 1180, 520), "#c3261c", "#8f130f")
    canvas.fade((230, 110, 1180, 128), "#f3c64a", "#c8921f")
    canvas.text((705, 240), "安全生产活动启动仪式", 82, "#ffe9a8", 800)
    canvas.text((705, 345), "安全第一　预防为主　综合治理", 44, "#ffffff", 600)
    canvas.fade((180, 515, 1230, 545), "#d8cfc0", "#b3a791")
    canvas.fade((180, 545, 1230, 600), "#7a2018", "#4e120d")
    _stand(canvas)
    _audience(canvas)
    return grained(canvas.finished(), _GRAIN, 1)


def _stand(canvas: Canvas) -> None:
    canvas.fade((330, 420, 430, 520), "#8b5a34", "#5e3a20")
    canvas.fade((320, 408, 440, 424), "#b07a4a", "#8b5a34")
    canvas.line([(395, 408), (388, 372)], "#30343a", 4)
    canvas.disc((380, 358, 396, 376), "#20242a")


def _audience(canvas: Canvas) -> None:
    dice = random.Random(4)  # noqa: S311 - a fixed seed gives the same picture every time
    for row, (top, size) in enumerate(((628, 58), (690, 78))):
        for n in range(19 - 4 * row):
            left = n * (78 + 22 * row) - 20 * row + dice.uniform(-6, 6)
            helmet = dice.choice(("#f2c21c", "#f2c21c", "#e9e9e6", "#d8432c"))
            shirt = dice.choice(("#2f4e78", "#38506a", "#c65a1e", "#2c5d4a"))
            canvas.glow((left - 4, top + size, left + size + 8, top + size * 1.7), "#00000060", 5)
            canvas.box((left - 8, top + size * 0.75, left + size + 8, top + size * 2.4), shirt, radius=size * 0.4)
            canvas.disc((left + 4, top + 6, left + size - 4, top + size), "#5b4030")
            canvas.arc((left, top - 4, left + size, top + size), 180, 360, helmet)
            canvas.box((left - 3, top + size * 0.44, left + size + 3, top + size * 0.54), helmet, radius=2)


def warehouse(scale: float) -> Image.Image:
    """Draw racks on both sides of an aisle, and the exit at its end."""
    canvas = _canvas(scale, "#4d5560")
    canvas.fade((0, 0, WIDE, 520), "#77828c", "#aab2b4")
    canvas.fade((0, 500, WIDE, TALL), "#8d9190", "#5b605f")
    canvas.shape([(560, 500), (600, 500), (300, 792), (190, 792)], "#d9b53a")
    canvas.shape([(820, 500), (860, 500), (1230, 792), (1120, 792)], "#d9b53a")
    canvas.fade((615, 250, 805, 505), "#5f6f78", "#48555d")
    canvas.line([(710, 250), (710, 505)], "#333d44", 4)
    canvas.sign((625, 185, 795, 236), "安全出口", "#12884a")
    for left in (-40, 230, 865, 1135):
        _rack(canvas, left, seed=left)
    canvas.sign((560, 60, 860, 118), "消防通道　严禁堵塞", "#c62a20")
    for left in (180, 640, 1100):
        canvas.glow((left, -30, left + 170, 40), "#fff6dccc", 16)
    canvas.glow((420, 540, 1000, 700), "#fff6dc40", 40)
    return grained(canvas.finished(), _GRAIN, 2)


def _rack(canvas: Canvas, left: float, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    canvas.glow((left - 10, 500, left + 270, 570), "#00000090", 10)
    for shelf in range(3):
        floor = 250 + 150 * shelf
        at = left + 14.0
        while at < left + 215:
            wide, tall = dice.uniform(44, 78), dice.uniform(56, 108)
            wide = min(wide, left + 242 - at)
            carton(canvas, at, floor - tall, wide, tall, dice)
            at += wide + dice.uniform(2, 10)
        canvas.fade((left, floor, left + 256, floor + 13), "#e0742a", "#a84c14")
    for post in (left, left + 244):
        canvas.fade((post, 110, post + 13, 560), "#2e5f9c", "#214672", across=True)


def switch_room(scale: float) -> Image.Image:
    """Draw cabinets with instruments, lamps and a warning."""
    canvas = _canvas(scale, "#2f3a42")
    canvas.fade((0, 0, WIDE, 620), "#c9d2cf", "#9aa8a8")
    canvas.fade((0, 610, WIDE, TALL), "#3f6b5a", "#274638")
    canvas.fade((0, 600, WIDE, 626), "#e5c33a", "#b8962a")
    for n in range(5):
        _cabinet(canvas, 60 + 262 * n, n)
    canvas.sign((500, 54, 910, 110), "配电重地　闲人免进", "#c62a20")
    canvas.glow((180, -60, 1230, 40), "#ffffffb0", 24)
    return grained(canvas.finished(), _GRAIN, 3)


def _cabinet(canvas: Canvas, left: float, number: int) -> None:
    canvas.glow((left - 10, 610, left + 260, 670), "#000000a0", 10)
    canvas.fade((left, 120, left + 246, 640), "#dfe3dc", "#aeb6b0")
    canvas.fade((left + 236, 120, left + 246, 640), "#8d9690", "#79827c", across=True)
    for n in range(2):
        _gauge(canvas, left + 34 + 98 * n, 156, 0.3 + 0.23 * ((number * 2 + n) % 3))
    for n, colour in enumerate(("#e03a2c", "#34b457", "#f0b72a")):
        x = left + 48 + 60 * n
        canvas.glow((x - 4, 266, x + 34, 304), colour + "70", 6)
        canvas.disc((x, 270, x + 30, 300), colour, outline="#5b625e", width=3)
    if number % 2:
        canvas.shape([(left + 123, 350), (left + 190, 466), (left + 56, 466)], "#20221f")
        canvas.shape([(left + 123, 366), (left + 177, 459), (left + 69, 459)], "#f5c518")
        bolt = [(129, 384), (104, 424), (122, 424), (112, 452), (143, 412), (125, 412)]
        canvas.shape([(left + x, y) for x, y in bolt], "#20221f")
        canvas.text((left + 123, 500), "当心触电", 34, "#20221f", 800)
    else:
        canvas.fade((left + 50, 350, left + 196, 500), "#39444a", "#566268")
        for n in range(3):
            canvas.box((left + 64 + 45 * n, 386, left + 92 + 45 * n, 464), "#15191c", radius=3)
            canvas.box((left + 68 + 45 * n, 392 + 30 * (n % 2), left + 88 + 45 * n, 420 + 30 * (n % 2)), "#e8ecec")
        canvas.text((left + 123, 540), f"{number + 1}号柜", 30, "#2b3337", 600)
    canvas.box((left + 16, 400, left + 24, 470), "#4c5551", radius=3)


def _gauge(canvas: Canvas, left: float, top: float, share: float) -> None:
    canvas.disc((left, top, left + 80, top + 80), "#f7f7f2", outline="#3a4246", width=5)
    canvas.arc((left + 12, top + 12, left + 68, top + 68), 310, 400, "#e8b4ae")
    canvas.disc((left + 22, top + 22, left + 58, top + 58), "#f7f7f2")
    x, y = left + 40 - 30 * (1 - 2 * share), top + 40 - 26 * (1 - abs(1 - 2 * share) * 0.4)
    canvas.line([(left + 40, top + 44), (x, y)], "#c0281e", 3.5)
    canvas.disc((left + 35, top + 39, left + 45, top + 49), "#3a4246")


def drill(scale: float) -> Image.Image:
    """Draw a yard with a fire drill."""
    canvas = _canvas(scale, "#6a6d6a")
    _sky(canvas, "#7c93ab", "#efd9b8", 470, 9)
    canvas.fade((0, 250, 520, 500), "#b9b2a6", "#8f887c")
    canvas.fade((0, 236, 530, 256), "#5c6f86", "#3f5066")
    _bricks(canvas)
    canvas.shape([(520, 470), (760, 400), (1010, 452), (1250, 380), (1408, 440), (1408, 520), (520, 520)], "#5f7a5e")
    canvas.fade((0, 490, WIDE, TALL), "#a19a8c", "#6f6a60")
    for n in range(52):
        canvas.line([(530 + 17 * n, 430), (530 + 17 * n, 512)], "#e8e8e2", 3)
    canvas.shape([(0, 640), (1408, 600), (1408, 618), (0, 662)], "#e9e4d6")
    canvas.line([(1050, 330), (1050, 560)], "#6a6f74", 9)
    canvas.sign((930, 250, 1180, 334), "应急演练区", "#1c56a6")
    canvas.glow((560, 600, 900, 690), "#00000090", 14)
    canvas.glow((540, 470, 900, 650), "#ff9a3070", 40)
    canvas.shape([(600, 560), (840, 560), (810, 650), (630, 650)], "#3a3d40")
    canvas.fade((596, 552, 844, 566), "#6a6e72", "#44484c")
    for n, vest in enumerate(("#e8641b", "#2c5d9a", "#e8641b", "#5a8a2c", "#2c5d9a")):
        canvas.glow((96 + 92 * n, 650, 190 + 92 * n, 684), "#00000080", 5)
        canvas.put(person(scale, vest), 86 + 92 * n, 402 + 9 * (n % 2), 262)
    for n in range(3):
        extinguisher(canvas, 1000 + 84 * n, 540)
    return grained(canvas.finished(), _GRAIN, 4)


def _bricks(canvas: Canvas) -> None:
    """Draw a brick wall with windows."""
    for row in range(17):
        y = 260 + 14 * row
        canvas.line([(0, y), (520, y)], "#776f63", 1.5)
        for n in range(15):
            x = 36 * n + 18 * (row % 2)
            canvas.line([(x, y), (x, y + 14)], "#776f63", 1.5)
    for n in range(5):
        canvas.fade((30 + 98 * n, 300, 96 + 98 * n, 380), "#40586c", "#8fb0c4")


def plant(scale: float) -> Image.Image:
    """Draw tanks and pipes in portrait, 792 units wide and 1408 high."""
    canvas = Canvas(TALL, WIDE, scale, "#7b7f80")
    canvas.fade((0, 0, TALL, 900), "#5b9bd6", "#dbe9f3")
    canvas.image.alpha_composite(clouds(canvas.image.width, round(canvas.image.height * 0.6), 12))
    canvas.fade((0, 1010, TALL, WIDE), "#9b9d9a", "#686b69")
    for left, top, wide in ((60, 330, 250), (430, 240, 300)):
        canvas.glow((left - 20, 1010, left + wide + 40, 1100), "#00000080", 14)
        canvas.disc((left, top - 46, left + wide, top + 46), "#c3cace")
        canvas.round_fade((left, top, left + wide, 1040), "#75818a", "#f1f4f5")
        for ring in range(top + 150, 1000, 220):
            canvas.fade((left, ring, left + wide, ring + 10), "#66717a80", "#ffffff50")
    canvas.text((580, 420), "2号罐", 70, "#b4231b", 800)
    canvas.text((185, 500), "1号罐", 58, "#b4231b", 800)
    canvas.fade((0, 868, TALL, 912), "#f3cf4d", "#a9821d")
    canvas.line([(380, 890), (380, 1090)], "#b98f22", 34)
    canvas.disc((318, 936, 442, 1060), None, outline="#c62a20", width=16)
    canvas.line([(322, 998), (438, 998)], "#c62a20", 12)
    canvas.line([(380, 940), (380, 1056)], "#c62a20", 12)
    canvas.glow((84, 618, 306, 846), "#00000060", 8)
    canvas.box((80, 600, 300, 836), "#ffffff", radius=8)
    canvas.disc((110, 616, 270, 776), "#1c56a6")
    canvas.arc((142, 650, 238, 750), 180, 360, "#ffffff")
    canvas.box((130, 696, 250, 712), "#ffffff", radius=6)
    canvas.text((190, 806), "必须戴安全帽", 34, "#1c56a6", 800)
    return grained(canvas.finished(), _GRAIN, 5)


def blocked_exit(scale: float) -> Image.Image:
    """Draw an exit blocked by cartons, 1200 units wide and 1600 high."""
    canvas = Canvas(1200, 1600, scale / 2, "#b8b3a6")
    canvas.fade((0, 0, 1200, 1180), "#d9d4c6", "#b3ad9e")
    canvas.fade((0, 760, 1200, 1180), "#6f9a86", "#557c6a")
    canvas.fade((0, 1170, 1200, 1600), "#97928a", "#5f5b55")
    canvas.fade((0, 1160, 1200, 1184), "#54504a", "#3c3934")
    canvas.fade((330, 330, 890, 1176), "#5d6a72", "#7d8a92")
    canvas.fade((352, 352, 868, 1176), "#a9b4b8", "#828e94")
    canvas.line([(610, 352), (610, 1176)], "#4c565c", 6)
    for left in (400, 660):
        canvas.fade((left, 430, left + 150, 660), "#2f4450", "#7393a3")
    canvas.glow((380, 160, 840, 330), "#3dff9a38", 30)
    canvas.sign((400, 190, 820, 300), "安全出口", "#0f8a48")
    canvas.sign((935, 470, 1145, 620), "禁止堆放", "#c62a20")
    extinguisher(canvas, 1020, 1010)
    dice = random.Random(8)  # noqa: S311
    canvas.glow((150, 1380, 960, 1520), "#000000b0", 22)
    for left, top, wide, tall in _HEAP:
        canvas.glow((left - 6, top - 4, left + wide + 14, top + tall + 10), "#00000070", 7)
        carton(canvas, left, top, wide, tall, dice)
    canvas.glow((250, -120, 950, 60), "#fff8e0b0", 50)
    drawn = canvas.finished()
    return grained(drawn.resize((2 * drawn.width, 2 * drawn.height), Image.Resampling.BICUBIC), 4.0, 6)


_HEAP = (
    (420, 900, 240, 250),
    (640, 860, 230, 300),
    (230, 1120, 330, 330),
    (530, 1130, 300, 310),
    (790, 1190, 190, 250),
    (330, 960, 170, 170),
)


SCENES: tuple[Callable[[float], Image.Image], ...] = (launch, warehouse, switch_room, drill)
