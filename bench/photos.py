"""What photos cost: the whole pipeline against `vipsthumbnail` and ImageMagick making the same two files.

`python -m bench.photos`: FOOTAGE_BENCH_PHOTOS (default 80) a side, FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS.
Every side has both cores: two processes, half of the photos each. Needs Debian's libvips-tools and imagemagick.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from bench.jobs import CORPUS
from bench.measuring import Cost, alternating
from bench.memory import peak_of
from bench.tools import need
from pipelines.tools.photo.colour import SRGB_BYTES

_PHOTOS = int(os.environ.get("FOOTAGE_BENCH_PHOTOS", "80"))
_ROUNDS = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "3"))
_JPEG_FILE, _HEIC_FILE = "test-assets__craft-beer.jpg", "test-assets__IMG_2682.heic"
_SMALL, _QUALITY = 640, 92
_VIPS, _MAGICK, _OVERHEAD, _MEMORY = 0.9, 3.0, 60.0, 1.5e9
_CAMPAIGN = Path(__file__).parents[1] / "pipelines" / "domain" / "campaigns" / "jiexi-2020.toml"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is made of each photo: the shipped campaign with these lines changed, and the same two files elsewhere.

    `profile`: of the colours in the file; where it is none, nobody has to convert.
    """

    label: str
    changes: tuple[tuple[str, str], ...]
    side: int
    profile: bool = False


_COPIED = Wanted("24-megapixel JPEG, as shipped: copied", (), 6000)
_ENCODED = Wanted("24-megapixel JPEG, encoded", (("copy_compliant = true", "copy_compliant = false"),), 6000)
_REDUCED = Wanted("24-megapixel JPEG, reduced to 4096", (("max_side = 8192", "max_side = 4096"),), 4096)
_HEIC = Wanted("HEIC of a phone, Display P3", (), 4096, profile=True)


def main() -> None:
    need("vipsthumbnail", "convert")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        jpegs, heics = _jpegs(folder), _heics(folder)
        held = [_compared(wanted, jpegs, folder) for wanted in (_COPIED, _ENCODED, _REDUCED)]
        held += [_compared(_HEIC, heics, folder), _overhead(jpegs, folder), _peak(folder)]
    sys.exit(0 if all(held) else 1)


def _jpegs(folder: Path) -> list[Path]:
    """Each with its own number on it: a second one of the same bytes would be found done."""
    made = []
    with Image.open(CORPUS / "photo" / _JPEG_FILE) as original:
        original.load()
        for number in range(_PHOTOS):
            picture = original.convert("RGB")
            ImageDraw.Draw(picture).text((100, 100), str(number), fill="white", font_size=200)
            made.append(folder / f"{number}.jpeg")
            picture.save(made[-1], "JPEG", quality=_QUALITY)
    return made


def _heics(folder: Path) -> list[Path]:
    """As the phone wrote it, tiles and all, and behind it a box that every reader skips (ISO/IEC 14496-12, 8.1.2)."""
    original = (CORPUS / "photo" / _HEIC_FILE).read_bytes()
    made = [folder / f"{number}.heic" for number in range(_PHOTOS)]
    for number, path in enumerate(made):
        path.write_bytes(original + struct.pack(">I4sI", 12, b"free", number))
    return made


def _compared(wanted: Wanted, photos: list[Path], folder: Path) -> bool:
    campaign, name = _campaign(wanted, folder), f"{wanted.side}-{len(wanted.changes)}-{wanted.profile}"
    sides = {
        "pipeline": lambda n: _pipeline(photos, folder / f"home-{name}-{n}", campaign),
        "vipsthumbnail": lambda n: _both(photos, partial(_vips, wanted), folder / f"vips-{name}-{n}"),
        "ImageMagick": lambda n: _both(photos, partial(_magick, wanted), folder / f"magick-{name}-{n}"),
    }
    print(f"{wanted.label}, {len(photos)} photos, two files each:", flush=True)
    costs = alternating(sides, _ROUNDS)
    speeds = {side: len(photos) / cost.wall for side, cost in costs.items()}
    print("  " + ", ".join(f"{side} {speed:.2f} photos/s" for side, speed in speeds.items()))
    vips, magick = (speeds["pipeline"] / speeds[side] for side in ("vipsthumbnail", "ImageMagick"))
    print(f"  {vips:.2f} x vipsthumbnail (bound {_VIPS}), {magick:.2f} x ImageMagick (bound {_MAGICK})", flush=True)
    return vips >= _VIPS and magick >= _MAGICK


def _campaign(wanted: Wanted, folder: Path) -> Path:
    rules = _CAMPAIGN.read_text(encoding="utf-8")
    head, table, photo = rules.partition("[profiles.photo]")
    for old, new in (*wanted.changes, ("[320, 640]", f"[{_SMALL}]")):
        photo = photo.replace(old, new, 1)
    path = folder / "campaign.toml"
    path.write_text(head + table + photo, encoding="utf-8")
    return path


def _pipeline(photos: Sequence[Path], home: Path, campaign: Path | str) -> None:
    """Two processes, a home each: two machines' worth of ledger, store and queue on one."""
    _at_once([_process(half, home.with_name(f"{home.name}-{n}"), campaign) for n, half in enumerate(_halves(photos))])
    for n in range(2):
        shutil.rmtree(home.with_name(f"{home.name}-{n}"), ignore_errors=True)


def _process(photos: Sequence[Path], home: Path, campaign: Path | str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worker.cli", "process", *map(str, photos), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home), "FOOTAGE_CAMPAIGN": str(campaign)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _both(photos: Sequence[Path], command: Callable[[Sequence[Path], Path], str], folder: Path) -> None:
    folder.mkdir()
    shells = [["sh", "-ec", command(half, folder)] for half in _halves(photos)]
    _at_once([subprocess.Popen(shell) for shell in shells])
    shutil.rmtree(folder)


def _vips(wanted: Wanted, photos: Sequence[Path], folder: Path) -> str:
    names = " ".join(map(str, photos)) + (" --export-profile srgb" if wanted.profile else "")
    return (
        f"vipsthumbnail {names} -s '{wanted.side}x{wanted.side}>' -o '{folder}/%s-l.jpg[Q={_QUALITY},strip]'\n"
        f"vipsthumbnail {names} -s {_SMALL}x -o '{folder}/%s-s.jpg[Q={_QUALITY},strip]'"
    )


def _magick(wanted: Wanted, photos: Sequence[Path], folder: Path) -> str:
    srgb = folder / "srgb.icc"
    srgb.write_bytes(SRGB_BYTES)
    colours = f"-profile {srgb}" if wanted.profile else ""
    return "\n".join(
        f"convert {photo} -auto-orient {colours} -strip -quality {_QUALITY} -resize '{wanted.side}x{wanted.side}>' "
        f"-write {folder}/{photo.stem}-l.jpg -resize {_SMALL}x {folder}/{photo.stem}-s.jpg"
        for photo in photos
    )


def _halves(photos: Sequence[Path]) -> list[Sequence[Path]]:
    return [photos[::2], photos[1::2]]


def _at_once(processes: list[subprocess.Popen[bytes]]) -> None:
    statuses = [process.wait() for process in processes]
    if any(statuses):
        raise RuntimeError(f"exit statuses {statuses}")


def _overhead(photos: Sequence[Path], folder: Path) -> bool:
    """Around one photo among many: hash, confinement, checks, manifest, ledger, store."""
    campaign = _campaign(_REDUCED, folder)
    sides = {
        "one photo": lambda n: _at_once([_process(photos[:1], folder / f"one-{n}", campaign)]),
        "all photos": lambda n: _at_once([_process(photos, folder / f"all-{n}", campaign)]),
        "the bare work": lambda _: _bare(photos, folder),
    }
    costs = alternating(sides, _ROUNDS)
    each = _per_photo(costs["all photos"], costs["one photo"], len(photos) - 1)
    bare = costs["the bare work"].cpu / len(photos)
    more = (each - bare) * 1000
    print(
        f"around one photo: {more:.0f} ms of CPU (bound {_OVERHEAD:.0f}) beside {bare * 1000:.0f} ms of work",
        flush=True,
    )
    return more < _OVERHEAD


def _per_photo(many: Cost, one: Cost, more: int) -> float:
    """Seconds of CPU, the start of the program left out."""
    return (many.cpu - one.cpu) / more


def _bare(photos: Sequence[Path], folder: Path) -> None:
    """The same pictures with the same filter, by the same library."""
    for photo in photos:
        with Image.open(photo) as image:
            large = image.convert("RGB")
        large.thumbnail((_REDUCED.side, _REDUCED.side), Image.Resampling.HAMMING, reducing_gap=None)
        large.save(folder / "large.jpg", quality=_QUALITY)
        size = (_SMALL, round(large.height * _SMALL / large.width))
        large.resize(size, Image.Resampling.HAMMING, reducing_gap=3).save(folder / "small.jpg", quality=_QUALITY)


def _peak(folder: Path) -> bool:
    """Of a picture of 200 megapixels; what is held after it, a process ends with: its children are gone."""
    peak = peak_of(CORPUS / "photo" / "pillow_heif__200MP.heic", folder / "home-200")
    usual = peak_of(CORPUS / "photo" / _HEIC_FILE, folder / "home-12")
    print(
        f"200 megapixels: {peak / 1e6:.0f} MB at most (bound {_MEMORY / 1e6:.0f}); 12: {usual / 1e6:.0f} MB", flush=True
    )
    return peak < _MEMORY


if __name__ == "__main__":
    main()
