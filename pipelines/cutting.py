"""A stretch of a finished MP4 as a clip of its own, exact to the frame: copied but for its broken ends. By PyAV."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from pipelines.frames import Frames
from pipelines.model import Encoding
from pipelines.parameter_sets import ParameterSets, parse
from pipelines.splicing import Coded, Splice, splice

_PRESET, _FINER = "superfast", 6  # a GOP's part costs a fifth of the film's preset, and what it loses is given in bits
_LONGEST = 2048  # samples of a packet of AAC, the one with twice the rate among them
_PREROLL = 2  # packets of sound before the first that is heard: a decoder needs the one before to be right


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture of a clip, ready to be written: `shown` ticks from the clip's beginning."""

    data: bytes
    shown: int
    key: bool


def coded(frames: Frames) -> Coded:
    """Every picture of the film in the order of decoding. Reads to the end."""
    shown: list[int] = []
    keys: list[int] = []
    for packet in frames.container.demux(frames.stream):
        if packet.pts is not None:
            if packet.is_keyframe:
                keys.append(len(shown))
            shown.append(packet.pts)
    return Coded(shown, keys)


def keyframe_times(film: Coded, base: Fraction) -> tuple[Fraction, ...]:
    """When key frames are shown, rising, in seconds."""
    return tuple(sorted(film.shown[key] * base for key in film.keys))


def cut_clip(frames: Frames, film: Coded, target: Path, span: tuple[Fraction, Fraction], encoding: Encoding) -> None:
    """Write what is shown from one time until before another into a new MP4 that begins at 0."""
    start, end = (_tick(film, frames, time) for time in span)
    plan = splice(film, start, end)
    sets = parse(frames.stream.codec_context.extradata or b"")
    encoder = _encoder(frames, encoding, sets.free_number())
    joined = sets.joined(encoder.extradata or b"")
    pictures = [*_pictures(frames, film, plan, encoder, joined)]
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(target), "w", format="mp4", options=options) as writer:
        picture = writer.add_stream_from_template(frames.stream)
        sound = [(stream, writer.add_stream_from_template(stream)) for stream in frames.container.streams.audio[:1]]
        picture.codec_context.extradata = joined.written()
        _write(writer, picture, pictures, start, frames.base)
        for stream, copy in sound:
            _copy_sound(frames.container, stream, writer, copy, (start * frames.base, end * frames.base))


def _tick(film: Coded, frames: Frames, time: Fraction) -> int:
    """When the frame that is due at `time` is shown by the film's own clock, which may be a coarse one."""
    half = 1 / (2 * frames.rate)
    due = (time - half) / frames.base
    return min((shown for shown in film.shown if shown >= due), default=round(time / frames.base))


def _pictures(
    frames: Frames, film: Coded, plan: Splice, encoder: VideoCodecContext, sets: ParameterSets
) -> Iterator[Picture]:
    """In the order of decoding."""
    yield from _encoded(frames, plan.head, encoder, sets)
    yield from _copied(frames, film, plan.copied)
    yield from _encoded(frames, plan.tail, encoder, sets)


def _copied(frames: Frames, film: Coded, span: tuple[int, int]) -> Iterator[Picture]:
    first, last = span
    if first == last:
        return
    packets = frames.packets(film.shown[first])
    for _, packet in zip(range(first, last), packets, strict=False):
        assert packet.pts is not None  # noqa: S101 - `coded` has counted those alone
        yield Picture(bytes(packet), packet.pts, packet.is_keyframe)


def _encoded(
    frames: Frames, span: tuple[int, int], encoder: VideoCodecContext, sets: ParameterSets
) -> Iterator[Picture]:
    """Each frame at once, the first of them a key: nothing is held back, so one encoder serves both ends."""
    for number, frame in enumerate(frames.between(*span)):
        assert frame.pts is not None  # noqa: S101 - `between` goes by it
        shown, first = frame.pts, number == 0
        frame.pict_type = PictureType.I if first else PictureType.NONE
        for packet in encoder.encode(frame):
            yield Picture(sets.sample(bytes(packet)), shown, first)


def _encoder(frames: Frames, encoding: Encoding, number: int) -> VideoCodecContext:
    """x264 as the film was made, its parameter sets under a `number` of their own."""
    film, encoder = frames.stream.codec_context, av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - it is a picture's
    encoder.width, encoder.height, encoder.pix_fmt = film.width, film.height, film.pix_fmt
    encoder.time_base, encoder.framerate = 1 / frames.rate, frames.rate
    encoder.color_range, encoder.colorspace = film.color_range, film.colorspace
    encoder.color_primaries, encoder.color_trc = film.color_primaries, film.color_trc
    encoder.thread_count = 1
    encoder.flags |= Flags.global_header | Flags.bitexact
    encoder.options = {
        "preset": _PRESET,
        "tune": "zerolatency",
        "profile": encoding.profile,
        "crf": str(max(0, encoding.crf - _FINER)),
        "maxrate": str(encoding.max_bitrate),
        "bufsize": str(2 * encoding.max_bitrate),
        "forced-idr": "1",
        "x264-params": f"sps-id={number}:keyint=infinite:scenecut=0:bframes=0",
    }
    encoder.open()
    return encoder


def _write(writer: OutputContainer, stream: Stream, pictures: Iterable[Picture], start: int, base: Fraction) -> None:
    """Decoding times are the times of showing in order, as much earlier as the latest picture needs."""
    listed = [*pictures]
    order = sorted(picture.shown for picture in listed)
    delay = max(shown - picture.shown for shown, picture in zip(order, listed, strict=True))
    for shown, picture in zip(order, listed, strict=True):
        packet = Packet(picture.data)
        packet.stream, packet.time_base = stream, base
        packet.pts, packet.dts = picture.shown - start, shown - delay - start
        packet.is_keyframe = picture.key
        writer.mux(packet)


def _copy_sound(
    reader: InputContainer, stream: Stream, writer: OutputContainer, target: Stream, span: tuple[Fraction, Fraction]
) -> None:
    """Whole packets; what comes before the first instant is decoded and not heard (an edit list says so)."""
    base = Fraction(stream.time_base or 1)
    start, end = (round(time / base) for time in span)
    reader.seek(max(0, start - _PREROLL * _LONGEST), stream=stream, backward=True)
    for packet in _heard(reader.demux(stream), start, end):
        packet.pts = packet.dts = packet.pts - start if packet.pts is not None else None
        packet.stream = target
        writer.mux(packet)


def _heard(packets: Iterable[Packet[Any]], start: int, end: int) -> Iterator[Packet[Any]]:
    """Those that are heard from `start` until before `end`, and a few before them."""
    before: deque[Packet[Any]] = deque(maxlen=_PREROLL)
    for packet in packets:
        if packet.pts is None or packet.pts >= end:
            return
        if packet.pts + (packet.duration or 0) > start:
            yield from before
            before.clear()
            yield packet
        else:
            before.append(packet)
