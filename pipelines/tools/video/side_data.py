"""Read the side data of a container's streams, with PyAV: libavformat parses that of every container.

PyAV names no side data of a stream. libavformat describes it in text, as `ffmpeg -i` prints it, and that is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import av.logging
from av.container import InputContainer

SideData = Mapping[str, str]  # the name of a kind → libavformat's description of the value

_STREAM = re.compile(r"  Stream #0:(\d{1,6})", re.ASCII)
_BLOCK = "    Side data:"
# One step deeper than the heading. A tag of the file can't look like this: tags stand in a block of their own, before.
_DEEPER = "      "
_LINE = re.compile(r"      ([A-Za-z][\w 0-9]*?)\s*: (.*)")
_SIDES = re.compile("/".join([r"(\d{1,9})"] * 4), re.ASCII)
# As libavutil names them; a longer name comes before one that it begins with.
_PROJECTIONS = ("equirectangular", "cubemap", "tiled equirectangular", "half equirectangular", "fisheye")
_PACKINGS = (
    "side by side",
    "top and bottom",
    "frame alternate",
    "checkerboard",
    "interleaved lines",
    "interleaved columns",
)
_SAME_BASE = re.compile(r"compatibility id: 0\b", re.ASCII)


def side_data_of(container: InputContainer) -> dict[int, SideData]:
    """Return the side data of each stream that has any, by the stream's index."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)  # below it, libavformat describes nothing
    try:
        return parse_side_data(container.dumps_format())  # type: ignore[attr-defined] # not in the stub
    finally:
        av.logging.set_level(before)


def parse_side_data(described: str) -> dict[int, SideData]:
    """Parse libavformat's description of a container."""
    found: dict[int, dict[str, str]] = {}
    stream, inside = -1, False
    for line in described.split("\n"):  # a tag may hold other ends of lines
        if opened := _STREAM.match(line):
            stream, inside = int(opened[1]), False
        elif line == _BLOCK:
            inside = True
        elif inside and (told := _LINE.match(line)):
            found.setdefault(stream, {})[told[1]] = told[2].strip()
        else:
            inside = inside and line.startswith(_DEEPER)
    return {index: told for index, told in found.items() if index >= 0}


def is_dolby_alone(told: SideData) -> bool:
    """Tell whether the stream is only Dolby Vision (profile 5): any other decoder shows false colours.

    DOVIDecoderConfigurationRecord: `dv_bl_signal_compatibility_id` is 0 where the base layer is compatible with none.
    """
    return bool(_SAME_BASE.search(told.get("DOVI configuration record", "")))


def clean_aperture(told: SideData, size: tuple[int, int]) -> tuple[int, int] | None:
    """Return the width and height that the container's cropping leaves of a frame of `size`; None where it crops none.

    MP4's `clap`, Matroska's PixelCrop. Where the aperture lies is not read: it was the middle in every file seen.
    """
    sides = _SIDES.match(told.get("Frame Cropping", ""))
    if not sides:
        return None
    left, right, top, bottom = map(int, sides.groups())
    return size[0] - left - right, size[1] - top - bottom


def projection_of(told: SideData) -> str:
    """Return the projection of a spherical film (`equirectangular`, `cubemap`), empty for a flat one."""
    return _known(told.get("Spherical Mapping", ""), _PROJECTIONS)


def stereo_of(told: SideData) -> str:
    """Return how the two eyes' pictures of a stereoscopic film are packed (`side by side`), empty for one picture."""
    return _known(told.get("Stereo 3D", ""), _PACKINGS)


def _known(described: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if described.startswith(name)), "")
