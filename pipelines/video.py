"""Plan → one ffmpeg process: the original is decoded once and split into master, analysis frames and loudness.

The only module that knows ffmpeg-python. Graphs are compiled to an argument list (`arguments`, pure, compared in
the tests) and run by :mod:`pipelines.process`, because ffmpeg-python's own run() has no time-out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from typing import Any

import ffmpeg
import imageio_ffmpeg

from pipelines.containers import FORMATS
from pipelines.model import Encoding, Op, VideoPlan

MASTER = "master.mp4"


@cache
def executable() -> str:
    """The pinned ffmpeg that comes with the wheel."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def version() -> str:
    """Part of the recipe: another ffmpeg, other bytes."""
    return str(imageio_ffmpeg.get_ffmpeg_version())


def arguments(plan: VideoPlan, source: int, loudness: int, progress: int) -> list[str]:
    """The whole command line. `source`, `loudness`, `progress`: descriptors the child inherits.

    Analysis frames (bgr24) go to stdout, momentary loudness as text to `loudness`, ffmpeg's own progress to
    `progress`. The master is written to master.mp4 in the working directory.
    """
    limits = {"protocol_whitelist": "fd", "format_whitelist": FORMATS, "max_pixels": plan.max_pixels}
    original = ffmpeg.input("fd:", fd=source, **limits)
    frames = _chain(original[str(plan.video_stream)], plan.shared).filter_multi_output("split")
    sound = _sound(plan, original).filter_multi_output("asplit")
    master = ffmpeg.output(_chain(frames[0], plan.picture), sound[0], MASTER, **_options(plan.encoding))
    small = ffmpeg.output(_chain(frames[1], plan.analysis), "pipe:1", format="rawvideo")
    measured = ffmpeg.output(_measure(sound[1], loudness), "pipe:2", format="null")
    compiled: list[str] = ffmpeg.merge_outputs(master, small, measured).get_args()
    return [executable(), *_GLOBAL, "-progress", f"pipe:{progress}", *compiled]


# `verbose` because only then does ffmpeg say how many frames it decoded and how many it could not.
_GLOBAL = (
    *("-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
    *("-max_alloc", str(1 << 30)),  # one block, bytes; a 40-megapixel frame of 16 bits takes 240 MB
)


def _chain(stream: Any, ops: Iterable[Op]) -> Any:
    return reduce(lambda piped, op: piped.filter(op.name, **dict(op.options)), ops, stream)


def _sound(plan: VideoPlan, original: Any) -> Any:
    if plan.audio_stream is not None:
        return _chain(original[str(plan.audio_stream)], plan.sound)
    source, *rest = plan.sound
    described = ":".join(f"{name}={value}" for name, value in source.options)
    return _chain(ffmpeg.input(f"{source.name}={described}", format="lavfi")["0"], rest)


def _measure(stream: Any, descriptor: int) -> Any:
    """EBU R 128 / ITU-R BS.1770 momentary loudness, printed every 100 ms."""
    return stream.filter("ebur128", metadata="1").filter(
        "ametadata", mode="print", key="lavfi.r128.M", file=f"pipe:{descriptor}"
    )


def _options(encoding: Encoding) -> dict[str, str]:
    """Nothing private is carried over; the bit-exact flags keep tool versions and times out of the bytes."""
    return {
        "c:v": {"h264": "libx264"}[encoding.codec],
        "preset": encoding.preset,
        "crf": str(encoding.crf),
        "profile:v": encoding.profile,
        "pix_fmt": encoding.pixel_format,
        "force_key_frames": f"expr:gte(t,n_forced*{encoding.gop})",
        "c:a": encoding.audio_codec,
        "b:a": str(encoding.audio_bitrate),
        "movflags": "+faststart",
        "map_metadata": "-1",
        "map_chapters": "-1",
        "fflags": "+bitexact",
        "flags:v": "+bitexact",
        "flags:a": "+bitexact",
    }
