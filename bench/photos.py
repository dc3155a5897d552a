"""What photos cost: the whole pipeline against `vipsthumbnail` and ImageMagick making the same two files.

`python -m bench.photos`: FOOTAGE_BENCH_PHOTOS (default 40) a side, FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS.
Every side has both cores: two processes, half of the photos each. Needs Debian's libvips-tools and imagemagick.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pillow_heif
from PIL import Image, ImageDraw

from bench.jobs import CORPUS
from bench.measuring import Cost, alternating
from bench.memory import peak_of

_PHOTOS = int(os.environ.get("FOOTAGE_BENCH_PHOTOS", "40"))
_ROUNDS = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "3"))
_JPEG, _HEIC = "test-assets__craft-beer.jpg", "test-assets__IMG_2682.heic"
_LARGE, _SMALL, _QUALITY = 4096, 640, 92
_VIPS, _MAGICK, _OVERHEAD, _MEMORY = 0.9, 3.0, 60.0, 1.5e9
_CAMPAIGN = Path(__file__).parents[1] / "pipelines" / "campaigns" / "jiexi-2020.toml"


def main() -> None:
    pillow_heif.register_heif_opener()
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        jpegs, heics = _photos(_JPEG, "JPEG", folder), _photos(_HEIC, "HEIF", folder)
        held = [_compared("24-megapixel JPEG", jpegs, folder), _compared("HEIC", heics, folder)]
        held += [_overhead(jpegs, folder), _peak(folder)]
        _as_shipped(jpegs, folder)
    sys.exit(0 if all(held) else 1)


def _photos(name: str, kind: str, folder: Path) -> list[Path]:
    """As many as wanted, each with its own number on it: a second one of the same bytes would be found done."""
    made = []
    with Image.open(CORPUS / "photo" / name) as original:
        original.load()
        for number in range(_PHOTOS):
            picture = original.convert("RGB")
            ImageDraw.Draw(picture).text((100, 100), str(number), fill="white", font_size=200)
            made.append(folder / f"{number}.{kind.lower()}")
            picture.save(made[-1], kind, quality=_QUALITY)
    return made


def _compared(label: str, photos: list[Path], folder: Path) -> bool:
    sides = {
        "pipeline": lambda n: _pipeline(photos, folder / f"home-{n}", _encoding(folder)),
        "vipsthumbnail": lambda n: _both(photos, _vips, folder / f"vips-{n}"),
        "ImageMagick": lambda n: _both(photos, _magick, folder / f"magick-{n}"),
    }
    print(f"{label}, {len(photos)} photos, two files each:", flush=True)
    costs = alternating(sides, _ROUNDS)
    speeds = {side: len(photos) / cost.wall for side, cost in costs.items()}
    print("  " + ", ".join(f"{side} {speed:.2f} photos/s" for side, speed in speeds.items()))
    vips, magick = (speeds["pipeline"] / speeds[side] for side in ("vipsthumbnail", "ImageMagick"))
    print(f"  {vips:.2f} x vipsthumbnail (bound {_VIPS}), {magick:.2f} x ImageMagick (bound {_MAGICK})", flush=True)
    return vips >= _VIPS and magick >= _MAGICK


def _encoding(folder: Path) -> Path:
    """The shipped campaign, but for a size that no photo of these has: all are encoded."""
    rules = _CAMPAIGN.read_text(encoding="utf-8").replace("max_side = 8192", f"max_side = {_LARGE}")
    head, table, tail = rules.partition("[profiles.photo]")
    path = folder / "encoding.toml"
    path.write_text(head + table + tail.replace("[320, 640]", f"[{_SMALL}]", 1), encoding="utf-8")
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


def _vips(photos: Sequence[Path], folder: Path) -> str:
    names = " ".join(map(str, photos))
    shared = "--export-profile srgb"
    return (
        f"vipsthumbnail {names} {shared} -s {_LARGE}x{_LARGE} -o '{folder}/%s-l.jpg[Q={_QUALITY},strip]'\n"
        f"vipsthumbnail {names} {shared} -s {_SMALL}x -o '{folder}/%s-s.jpg[Q={_QUALITY},strip]'"
    )


def _magick(photos: Sequence[Path], folder: Path) -> str:
    return "\n".join(
        f"convert {photo} -auto-orient -strip -quality {_QUALITY} -resize {_LARGE}x{_LARGE} "
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
    campaign = _encoding(folder)
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
    for photo in photos:
        with Image.open(photo) as image:
            large = image.convert("RGB")
        large.thumbnail((_LARGE, _LARGE), Image.Resampling.LANCZOS, reducing_gap=None)
        large.save(folder / "large.jpg", quality=_QUALITY)
        size = (_SMALL, round(large.height * _SMALL / large.width))
        large.resize(size, Image.Resampling.LANCZOS, reducing_gap=3).save(folder / "small.jpg", quality=_QUALITY)


def _peak(folder: Path) -> bool:
    """Of a picture of 200 megapixels; what is held after it, a process ends with: its children are gone."""
    peak = peak_of(CORPUS / "photo" / "pillow_heif__200MP.heic", folder / "home-200")
    usual = peak_of(CORPUS / "photo" / _HEIC, folder / "home-12")
    print(
        f"200 megapixels: {peak / 1e6:.0f} MB at most (bound {_MEMORY / 1e6:.0f}); 12: {usual / 1e6:.0f} MB", flush=True
    )
    return peak < _MEMORY


def _as_shipped(photos: Sequence[Path], folder: Path) -> None:
    """What complies is copied."""
    began = time.monotonic()
    _pipeline(photos, folder / "home-shipped", "jiexi-2020")
    print(f"as shipped, copied: {len(photos) / (time.monotonic() - began):.2f} photos/s", flush=True)


if __name__ == "__main__":
    main()
