"""What the units send: photos, short films, files nobody can take, some of it twice. Cheap to make and to process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from tests.media import clips

UNITS = ("棉湖镇", "钱坑镇", "河婆街道")
_LANES = ("", "", "", "", "urgent", "bulk")


@dataclass(frozen=True, slots=True)
class Sent:
    """One submission to be, and the state it has to end in."""

    path: Path
    unit: str
    lane: str
    ends: str


def material(folder: Path, count: int, seed: int) -> list[Sent]:
    """So many submissions, every fifth of a file that was sent before, and every twelfth of one that is spoilt."""
    random = Random(seed)
    sent: list[Sent] = []
    for number in range(count):
        if number % 5 == 4:
            before = random.choice(sent)
            again = Sent(before.path, random.choice(UNITS), random.choice(_LANES), before.ends)
            sent.append(again)
        else:
            path, ends = _file(folder, number, random)
            sent.append(Sent(path, random.choice(UNITS), random.choice(_LANES), ends))
    return sent


def _file(folder: Path, number: int, random: Random) -> tuple[Path, str]:
    film = random.random() < 0.3
    path = _film(folder / f"{number}.mp4", random) if film else _photo(folder / f"{number}.jpg", random)
    if number % 12 != 3:
        return path, "published"
    path.write_bytes(path.read_bytes()[: 900 if film else 90] + random.randbytes(16))
    return path, "rejected"


def _film(path: Path, random: Random) -> Path:
    source = random.choice(("testsrc2", "smptehdbars", "testsrc"))
    clips.make(path, clips.Clip(random.choice((1, 1.5)), 320, 180, random.choice(("25", "30")), source))
    with path.open("ab") as file:  # a box that everybody skips: no two films are the same file
        file.write(b"\0\0\0\x18free" + random.randbytes(16))
    return path


def _photo(path: Path, random: Random) -> Path:
    small = Image.frombytes("RGB", (32, 18), random.randbytes(32 * 18 * 3))
    small.resize((640, 360), Image.Resampling.BICUBIC).save(path, quality=85)
    return path


def of_unit(sent: list[Sent], unit: str) -> Iterator[Sent]:
    """What one unit sends, in order."""
    return (one for one in sent if one.unit == unit)
