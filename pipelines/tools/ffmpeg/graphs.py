"""Compile a plan to one ffmpeg command line, which decodes the original once for master, analysis frames and loudness.

This module and :mod:`~.channel_graphs` are the only ones that use ffmpeg-python. Graphs are compiled to an argument
list (`arguments` does no I/O, and the tests compare its result). :mod:`pipelines.sandbox.process` runs them, because
ffmpeg-python's own run() has no time-out.
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


@dataclass(frozen=True, slots=True)
class Ends:
    """The descriptors that the child writes to."""

    loudness: int  # momentary loudness, as text
    progress: int  # ffmpeg's `-progress` report
    hashes: int  # the hash of each of the master's streams, as the encoder wrote it
    shots: int  # tiny frames, bgr24
    speech: int  # the sound, s16le mono of 16 kHz


def arguments(plan: VideoPlan, source: int, ends: Ends) -> list[str]:
    """Return the whole command line. `source` and the `ends` are descriptors that the child inherits.

    Analysis frames (bgr24) go to stdout. The master is written under its name in the working directory.
    """
    limits = {"protocol_whitelist": "fd", "format_whitelist": FORMATS, "max_pixels": plan.max_pixels}
    limits["apply_cropping"] = "codec"  # cropping that the container asks for is the plan's decision
    original = ffmpeg.input("fd:", fd=source, **limits, **(_GLANCING if "picture" in plan.copied else {}))
    picture, small, tiny = _picture(plan, original)
    sound, heard, spoken = _sound(plan, original)
    outputs = (
        ffmpeg.output(picture, sound, _both(plan.master.name, ends.hashes), **_options(plan)),
        ffmpeg.output(chain(small, plan.analysis), "pipe:1", format="rawvideo"),
        ffmpeg.output(chain(tiny, plan.shots), f"pipe:{ends.shots}", format="rawvideo", **_TOGETHER),
        ffmpeg.output(_measure(heard, ends.loudness), "pipe:2", format="null"),
        ffmpeg.output(spoken, f"pipe:{ends.speech}", format="s16le", ac="1", ar="16000", **_TOGETHER),
    )
    compiled: list[str] = ffmpeg.merge_outputs(*outputs).get_args()
    devices = encoders.devices(plan.encoding.encoder)
    return [executable(), *GLOBAL, *_CLOCK, *devices, "-progress", f"pipe:{ends.progress}", *compiled]


# The clock that was probed: ffmpeg's correction of a track whose time falls would move the other tracks as well.
_CLOCK = ("-copyts", "-start_at_zero")


# Small packets are written several at a time, because each write wakes the reading process.
_TOGETHER = {"flush_packets": "0"}
# Small analysis frames need no deblocking; with one thread no core waits for another.
_GLANCING = {"skip_loop_filter": "all", "threads": "1"}


def _picture(plan: VideoPlan, original: Any) -> tuple[Any, Any, Any]:
    """Return the master's picture, the picture for analysis, and the one for scene cuts."""
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
    """Return the master's sound, the sound whose loudness is measured, and the one in which speech is detected."""
    if "sound" in plan.copied:
        stream = original[str(plan.audio_stream)]
        return stream, stream, stream
    made = _made_sound(plan, original).filter_multi_output("asplit", "3")
    return made[0], made[1], made[2]


# The same packets from any container: parameter sets, delimiters and SEI (NAL units 6 to 9) are removed.
BARE = "h264_mp4toannexb,filter_units=remove_types=6-9"


# 128 bits against accidents, at a sixth of the cost of SHA-256, which the whole file gets as well.
_HASH = "murmur3"


def _both(name: str, hashes: int) -> str:
    """Return the outputs of the tee muxer: one writes the master, the other hashes the same packets."""
    master = f"[f=mp4:movflags=+faststart:fflags=+bitexact]{name}"
    bare = BARE.replace(",", r"\,")
    return rf"{master}|[f=streamhash:hash={_HASH}:bsfs/v={bare}]pipe\:{hashes}"


def reading_arguments(source: int, *, measured: bool = True) -> list[str]:
    """Return the command line that hashes a master's streams to stdout, as `arguments` does, and measures its sound."""
    return [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats", "-protocol_whitelist", "fd"),
        *("-fd", str(source), "-i", "fd:", "-map", "0", "-c", "copy", "-bsf:v", BARE),
        *("-f", "streamhash", "-hash", _HASH, "pipe:1"),
        *(_measuring("0:a:0") if measured else ()),
    ]


def decode_arguments(source: int) -> list[str]:
    """Return the command line that decodes every frame of an MP4 and reports the frame and error counts at its end."""
    return [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "verbose", "-nostats", "-protocol_whitelist", "fd"),
        *("-fd", str(source), "-i", "fd:", "-map", "0", "-f", "null", "-"),
    ]


# Only at `verbose` does ffmpeg report how many frames it decoded and how many it could not.
GLOBAL = (
    *("-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
    *("-max_alloc", str(1 << 30)),  # bytes of one block; a 40-megapixel frame of 16 bits takes 240 MB
)


def loudness_arguments(source: int, stream: int, mix: tuple[Op, ...] = (), *, examined: bool = False) -> list[str]:
    """Return the command line that measures one audio stream as it would be published.

    ffmpeg prints the result at the end of stderr. `mix`: the filters that mix the channels down to stereo. `examined`:
    also write its samples to stdout: f32le, stereo, 48 kHz.
    """
    reading = [
        *(executable(), "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats"),
        *("-protocol_whitelist", "fd", "-format_whitelist", FORMATS, "-fd", str(source), "-i", "fd:"),
    ]
    if not examined:
        return [*reading, *_measuring(f"0:{stream}", mix)]
    graph = f"[0:{stream}]{_in_shape(mix)},asplit[level][samples];[level]{_METER}[measured]"
    written = ("-map", "[samples]", "-ar", "48000", "-f", "f32le", "pipe:1")
    return [*reading, "-filter_complex", graph, "-map", "[measured]", "-f", "null", "-", *written]


_METER = "ebur128=peak=true:framelog=quiet"


def _measuring(stream: str, mix: tuple[Op, ...] = ()) -> tuple[str, ...]:
    return ("-map", stream, "-vn", "-sn", "-dn", "-af", f"{_in_shape(mix)},{_METER}", "-f", "null", "-")


def _in_shape(mix: tuple[Op, ...]) -> str:
    # As in `arguments`: sound before time zero is not published, and a mix in integers gives another level.
    mixed = "".join(f"{_described(op)}," for op in mix)
    return f"{mixed}atrim=start=0,aformat=sample_fmts=fltp:channel_layouts=stereo"


def _described(op: Op) -> str:
    """Return the filter in the syntax of a filter graph: a value that holds commas is quoted."""
    return f"{op.name}=" + ":".join(f"{name}='{v}'" if "," in v else f"{name}={v}" for name, v in op.options)


def trial_arguments(encoding: Encoding) -> list[str]:
    """Return the command line that encodes one second of plain colour, to show whether this encoder works here."""
    source = ffmpeg.input("color=size=640x360:rate=25:duration=1", format="lavfi")
    picture = chain(source["0"], (Op("format", (("pix_fmts", "yuv420p"),)), *encoders.uploading(encoding.encoder)))
    compiled: list[str] = ffmpeg.output(picture, "-", format="null", **encoders.options(encoding)).get_args()
    return [executable(), *GLOBAL, *encoders.devices(encoding.encoder), *compiled]


def chain(stream: Any, ops: Iterable[Op]) -> Any:
    """Apply the filters to the stream, one after the other."""
    return reduce(lambda piped, op: piped.filter(op.name, **dict(op.options)), ops, stream)


def _made_sound(plan: VideoPlan, original: Any) -> Any:
    if plan.audio_stream is not None:
        return chain(original[str(plan.audio_stream)], plan.sound)
    source, *rest = plan.sound
    return chain(ffmpeg.input(_described(source), format="lavfi")["0"], rest)


def _measure(stream: Any, descriptor: int) -> Any:
    """Print the momentary loudness (EBU R 128, ITU-R BS.1770) to `descriptor` every 100 ms."""
    return stream.filter("ebur128", metadata="1").filter(
        "ametadata", mode="print", key="lavfi.r128.M", file=f"pipe:{descriptor}"
    )


def _options(plan: VideoPlan) -> dict[str, str]:
    """Return the master's output options.

    No private metadata is carried over. The bit-exact flags keep tool versions and times out of the bytes.
    """
    options = BARE_OUTPUT | {"format": "tee"}
    options |= _copying() if "picture" in plan.copied else encoders.options(plan.encoding)
    return options | (_COPY_SOUND if "sound" in plan.copied else encoding_sound(plan.encoding))


BARE_OUTPUT = {"map_metadata": "-1", "map_chapters": "-1"}
_COPY_SOUND = {"c:a": "copy"}


def _copying() -> dict[str, str]:
    """Return the options that copy the picture without SEI: cameras write their serial into it, drones their place."""
    return {"c:v": "copy", "bsf:v": "filter_units=remove_types=6"}


def encoding_sound(encoding: Encoding) -> dict[str, str]:
    """Return the output options that encode the sound."""
    return {"c:a": encoding.audio_codec, "b:a": str(encoding.audio_bitrate), "flags:a": "+bitexact+global_header"}
