"""List the C libraries that parse untrusted bytes with their versions, as no lock file names the contents of a wheel."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import av
import pillow_heif
from PIL import features

from pipelines.tools.ffmpeg import binary

_PILLOW = {
    "libjpeg_turbo": ("libjpeg-turbo", "JPEG"),
    "libtiff": ("libtiff", "TIFF"),
    "jpg_2000": ("openjpeg", "JPEG 2000 inside TIFF"),
    "webp": ("libwebp", "WebP"),
    "avif": ("libavif", "AVIF"),
    "zlib_ng": ("zlib-ng", "PNG, TIFF"),
    "littlecms2": ("Little CMS", "colour profiles"),
}


@dataclass(frozen=True, slots=True)
class Library:
    """A C library. `wheel`: the package that contains it; `reads`: the parts of untrusted files that it parses."""

    name: str
    version: str
    wheel: str
    reads: str


def libraries() -> list[Library]:
    """Return all such libraries in the versions that are installed."""
    return [*_ffmpeg(), *_pyav(), *_pillow(), *_heif(), *_turner()]


def _ffmpeg() -> Iterator[Library]:
    said = subprocess.run([binary.executable(), "-version"], capture_output=True, text=True, check=True).stdout
    yield Library("ffmpeg", binary.version(), "imageio-ffmpeg", "films, while they are transcoded")
    for name, *parts in re.findall(r"^(libav\w+|libsw\w+) +(\d+)\. *(\d+)\.(\d+) /", said, re.MULTILINE):
        if name in {"libavformat", "libavcodec"}:
            yield Library(name, ".".join(parts), "imageio-ffmpeg", "containers" if "format" in name else "streams")


def _pyav() -> Iterator[Library]:
    for name in ("libavformat", "libavcodec"):
        version = ".".join(map(str, av.library_versions[name]))
        yield Library(name, version, "av", "films, while they are probed; our own masters")


def _pillow() -> Iterator[Library]:
    for feature, (name, reads) in _PILLOW.items():
        yield Library(name, str(features.version(feature)), "pillow", reads)


def _heif() -> Iterator[Library]:
    told = pillow_heif.libheif_info()
    yield Library("libheif", told["libheif"], "pillow-heif", "HEIC, HEIF")
    for name, said in told["decoders"].items():
        found = re.search(r"(\d+(\.\d+)+)", said)
        yield Library(name, found[1] if found else said, "pillow-heif", "the pictures inside HEIC")


def _turner() -> Iterator[Library]:
    """Yield libjpeg-turbo of the wheel turbojpeg, whose version is only in the text of the binary."""
    try:
        held = [str(file.locate()) for file in files("turbojpeg") or () if "libturbojpeg" in file.name]
    except PackageNotFoundError:
        return
    for path in held:
        found = re.search(rb"libjpeg-turbo version (\d+(?:\.\d+)+)", Path(path).read_bytes())
        yield Library("libjpeg-turbo", found[1].decode() if found else "?", "turbojpeg", "JPEG, while it is turned")
