"""Plan → one ffmpeg process: the original is decoded once and split into master, analysis frames and loudness.

With :mod:`~.channel_graphs` the only module that knows ffmpeg-python. Graphs are compiled to an argument list
(`arguments`, pure, compared in the tests) and run by :mod:`pipelines.sandbox.process`: ffmpeg-python's own run() has
no time-out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ffmpeg

from pipelines.domain.model import Encoding, Op, VideoPlan
from pipelines.domain.planning import encoders
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.ffmpeg.containers import FORMATS

MASTER = "master.mp4"


@dataclass(frozen=True, slots=True)
class Ends:
    """Descriptors the child writes to: what each of them gets."""

    loudness: int  # momentary loudness, as text
    progress: int  # ffmpeg's own
    hashes: int  # the hash of each of the master's streams, as the encoder gave it out
    shots: int  # tiny frames, bgr24
    speech: int  # the sound, s16le mono of 16 kHz


def arguments(plan: VideoPlan, source: int, ends: Ends) -> list[str]:
    """The whole command line. `source` and the `ends`: descriptors the child inherits.

    Analysis frames (bgr24) go to stdout. The master is written to master.mp4 in the working directory.
    """
    limits = {"protocol_whitelist": "fd", "format_whitelist": FORMATS, "max_pixels": plan.max_pixels}
    limits["apply_cropping"] = "codec"  # what a container says of edges, the plan decides
    original = ffmpeg.input("fd:", fd=source, **limits, **(_GLANCING if "picture" in plan.copied else {}))
    picture, small, tiny = _picture(plan, original)
    sound, heard, spoken = _sound(plan, original)
    outputs = (
        ffmpeg.output(picture, sound, _both(ends.hashes), **_options(plan)),
        ffmpeg.output(chain(small, plan.analysis), "pipe:1", format="rawvideo"),
        ffmpeg.output(chain(tiny, plan.shots), f"pipe:{ends.shots}", format="rawvideo", **_TOGETHER),
        ffmpeg.output(_measure(heard, ends.loudness), "pipe:2", format="null"),
        ffmpeg.output(spoken, f"pipe:{ends.speech}", format="s16le", ac="1", ar="16000", **_TOGETHER),
    )
    compiled: list[str] = ffmpeg.merge_outputs(*outputs).get_args()
    devices = encoders.devices(plan.encoding.encoder)
    return [executable(), *GLOBAL, *devices, "-progress", f"pipe:{ends.progress}", *compiled]


# Small packets are written several at a time: each write wakes us.
_TOGETHER = {"flush_packets": "0"}
# What is decoded only to be looked at small: edges between blocks are not smoothed, and no core waits for another.
_GLANCING = {"skip_loop_filter": "all", "threads": "1"}


def _picture(plan: VideoPlan, original: Any) -> tuple[Any, Any, Any]:
    """What the master gets, and what analysis sees of it, closely and at a glance."""
    stream = original[str(plan.video_stream)]
    if "picture" in plan.copied:
        looked_at = stream.filter_multi_output("split")
        return stream, looked_at[0], looked_at[1]
    frames = chain(stream, plan.shared).filter_multi_output("split", "3")
    framed = chain(frames[0], plan.picture)
    if plan.surround:
        front, behind = (framed.filter_multi_output("split")[n] for n in (0, 1))
        framed = ffmpeg.filter([chain(behind, plan.surround), front], "overlay", x="(W-w)/2", y="(H-h)/2")
    return chain(framed, plan.fitted), frames[1], frames[2]


def _sound(plan: VideoPlan, original: Any) -> tuple[Any, Any, Any]:
    """What the master gets, what is measured of it, and in what speech is looked for."""
    if "sound" in plan.copied:
        stream = original[str(plan.audio_stream)]
        return stream, stream, stream
    made = _made_sound(plan, original).filter_multi_output("asplit", "3")
    return made[0], made[1], made[2]


# The packets as they are, whatever container they lie in: without parameter sets, delimiters and side information.
BARE = "h264_mp4toannexb,filter_units=remove_types=6-9"


# 128 bits against accidents, at a sixth of the price of SHA-256, which the whole file gets besides.
_HASH = "murmur3"


def _both(hashes: int) -> str:
    """One muxer writes the master, another one hashes the very same packets."""
    master = f"[f=mp4:movflags=+faststart:fflags=+bitexact]{MASTER}"
    bare = BARE.replace(",", r"\,")
    return rf"{master}|[f=streamhash:hash={_HASH}:bsfs/v={bare}]pipe\:{hashes}"


def reading_arguments(source: int, *, measured: bool = True) -> list[str]:
    """The command line that hashes a master's streams as `arguments` does, to stdout, and measures its sound."""
    return [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats", "-protocol_whitelist", "fd"),
        *("-fd", str(source), "-i", "fd:", "-map", "0", "-c", "copy", "-bsf:v", BARE),
        *("-f", "streamhash", "-hash", _HASH, "pipe:1"),
        *(_measuring("0:a:0") if measured else ()),
    ]


def decode_arguments(source: int) -> list[str]:
    """The command line that decodes every frame of an MP4 and says at the end how many, and what broke."""
    return [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "verbose", "-nostats", "-protocol_whitelist", "fd"),
        *("-fd", str(source), "-i", "fd:", "-map", "0", "-f", "null", "-"),
    ]


# `verbose` because only then does ffmpeg say how many frames it decoded and how many it could not.
GLOBAL = (
    *("-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
    *("-max_alloc", str(1 << 30)),  # one block, bytes; a 40-megapixel frame of 16 bits takes 240 MB
)


def loudness_arguments(source: int, stream: int, mix: tuple[Op, ...] = ()) -> list[str]:
    """The command line that measures one audio stream as it would be published, and says so at the end of stderr.

    `mix`: what makes stereo of its channels.
    """
    return [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats"),
        *("-protocol_whitelist", "fd", "-format_whitelist", FORMATS, "-fd", str(source), "-i", "fd:"),
        *_measuring(f"0:{stream}", mix),
    ]


def _measuring(stream: str, mix: tuple[Op, ...] = ()) -> tuple[str, ...]:
    # As `arguments` has it: what lies before the first instant is not published, and a mix in whole numbers is another.
    mixed = "".join(f"{op.name}={':'.join(f'{name}={value}' for name, value in op.options)}," for op in mix)
    shape = f"{mixed}atrim=start=0,aformat=sample_fmts=fltp:channel_layouts=stereo"
    return ("-map", stream, "-vn", "-sn", "-dn", "-af", f"{shape},ebur128=peak=true:framelog=quiet", "-f", "null", "-")


def trial_arguments(encoding: Encoding) -> list[str]:
    """The command line that shows whether this encoder works here: a second of nothing in particular, encoded."""
    source = ffmpeg.input("color=size=640x360:rate=25:duration=1", format="lavfi")
    picture = chain(source["0"], (Op("format", (("pix_fmts", "yuv420p"),)), *encoders.uploading(encoding.encoder)))
    compiled: list[str] = ffmpeg.output(picture, "-", format="null", **encoders.options(encoding)).get_args()
    return [executable(), *GLOBAL, *encoders.devices(encoding.encoder), *compiled]


def chain(stream: Any, ops: Iterable[Op]) -> Any:
    """One filter after the other."""
    return reduce(lambda piped, op: piped.filter(op.name, **dict(op.options)), ops, stream)


def _made_sound(plan: VideoPlan, original: Any) -> Any:
    if plan.audio_stream is not None:
        return chain(original[str(plan.audio_stream)], plan.sound)
    source, *rest = plan.sound
    described = ":".join(f"{name}={value}" for name, value in source.options)
    return chain(ffmpeg.input(f"{source.name}={described}", format="lavfi")["0"], rest)


def _measure(stream: Any, descriptor: int) -> Any:
    """EBU R 128 / ITU-R BS.1770 momentary loudness, printed every 100 ms."""
    return stream.filter("ebur128", metadata="1").filter(
        "ametadata", mode="print", key="lavfi.r128.M", file=f"pipe:{descriptor}"
    )


def _options(plan: VideoPlan) -> dict[str, str]:
    """Nothing private is carried over; the bit-exact flags keep tool versions and times out of the bytes."""
    options = BARE_OUTPUT | {"format": "tee"}
    options |= _copying() if "picture" in plan.copied else encoders.options(plan.encoding)
    return options | (_COPY_SOUND if "sound" in plan.copied else encoding_sound(plan.encoding))


BARE_OUTPUT = {"map_metadata": "-1", "map_chapters": "-1"}
_COPY_SOUND = {"c:a": "copy"}


def _copying() -> dict[str, str]:
    """Side information (SEI) is left behind: cameras write their serial, drones their place into it."""
    return {"c:v": "copy", "bsf:v": "filter_units=remove_types=6"}


def encoding_sound(encoding: Encoding) -> dict[str, str]:
    """Output options of the sound."""
    return {"c:a": encoding.audio_codec, "b:a": str(encoding.audio_bitrate), "flags:a": "+bitexact+global_header"}
