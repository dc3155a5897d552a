"""Stretches of a finished MP4 in another one, exact to the frame: copied but for their broken ends. By PyAV."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from pipelines.domain.model import Encoding
from pipelines.tools.bitstream.parameter_sets import ParameterSets, parse
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.splicing import Coded, splice

OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}
_PRESET, _FINER = "ultrafast", 6  # a GOP's part costs a tenth of the film's preset, and what it loses is given in bits
_PROFILES = {"Constrained Baseline": "baseline", "Baseline": "baseline", "Main": "main", "High": "high"}
_OWN = {"baseline": "", "main": ":cabac=1", "high": ":8x8dct=1"}  # without its own tools it would call itself less
_LONGEST = 2048  # samples of a packet of AAC, the one with twice the rate among them
_PREROLL = 2  # packets of sound before the first that is heard: a decoder needs the one before to be right


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture, ready to be written: `shown` ticks from the beginning of what it is written into."""

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


class Cutter:
    """Takes pictures out of a film for one target, in the order they are shown there.

    What can't be copied one encoder makes, under parameter sets of its own, each picture at once: nothing is held back.
    """

    def __init__(self, frames: Frames, film: Coded, encoding: Encoding) -> None:
        self.frames, self.film, self.rate = frames, film, encoding.frame_rate
        self._in_order = sorted(film.shown)
        theirs = parse(frames.stream.codec_context.extradata or b"")
        self._encoder = _encoder(frames, encoding, theirs)
        self.sets: ParameterSets = theirs.joined(self._encoder.extradata or b"")

    def tick(self, time: Fraction) -> int:
        """When the frame of this number is shown by the film's own clock, which may be coarse or begin late."""
        number = round(time * self.rate)
        if number < len(self._in_order):
            return self._in_order[number]
        return self._in_order[-1] + round(1 / (self.rate * self.frames.base))

    def stretch(self, start: int, end: int, at: int) -> Iterator[Picture]:
        """What the film shows from `start` until before `end`, in the order of decoding, to be shown from `at` on."""
        plan = splice(self.film, start, end)
        yield from self.encoded(self.frames.between(*plan.head), at - start)
        yield from self._copied(plan.copied, at - start)
        yield from self.encoded(self.frames.between(*plan.tail), at - start)

    def _copied(self, span: tuple[int, int], later: int) -> Iterator[Picture]:
        first, last = span
        if first < last:
            key = self.film.shown[first]
            packets = dropwhile(lambda packet: packet.pts != key, self.frames.packets(key))
            for packet in islice(packets, last - first):
                assert packet.pts is not None  # noqa: S101 - `coded` has counted those alone
                yield Picture(bytes(packet), packet.pts + later, packet.is_keyframe)

    def encoded(self, made: Iterable[VideoFrame], later: int) -> Iterator[Picture]:
        """These frames, the first of them a key frame, shown `later` than their own times."""
        for number, frame in enumerate(made):
            assert frame.pts is not None  # noqa: S101 - every frame of ours has its time
            shown = frame.pts + later
            frame.pts, frame.time_base = shown, self.frames.base
            frame.pict_type = PictureType.NONE if number else PictureType.I
            for packet in self._encoder.encode(frame):
                yield Picture(self.sets.sample(bytes(packet)), shown, key=not number)

    def add_picture(self, writer: OutputContainer) -> Stream:
        """The target's stream for what this gives out."""
        stream = writer.add_stream_from_template(self.frames.stream)
        stream.codec_context.extradata = self.sets.written()
        return stream


def cut_clip(frames: Frames, film: Coded, target: Path, span: tuple[Fraction, Fraction], encoding: Encoding) -> None:
    """Write what is shown from one time until before another into a new MP4 that begins at 0."""
    cutter = Cutter(frames, film, encoding)
    start, end = (cutter.tick(time) for time in span)
    pictures = [*cutter.stretch(start, end, 0)]
    with av.open(str(target), "w", format="mp4", options=OPTIONS) as writer:
        picture = cutter.add_picture(writer)
        sound = [(stream, writer.add_stream_from_template(stream)) for stream in frames.container.streams.audio[:1]]
        write_pictures(writer, picture, pictures, frames.base)
        for stream, copy in sound:
            _copy_sound(frames.container, stream, writer, copy, (start * frames.base, end * frames.base))


def _encoder(frames: Frames, encoding: Encoding, theirs: ParameterSets) -> VideoCodecContext:
    """x264 for pictures like the film's, its parameter sets under a number of their own."""
    film, encoder = frames.stream.codec_context, av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - it is a picture's
    encoder.width, encoder.height, encoder.pix_fmt = film.width, film.height, film.pix_fmt
    encoder.time_base, encoder.framerate = 1 / frames.rate, frames.rate
    encoder.color_range, encoder.colorspace = film.color_range, film.colorspace
    encoder.color_primaries, encoder.color_trc = film.color_primaries, film.color_trc
    profile = _PROFILES.get(film.profile or "", encoding.profile)
    encoder.thread_count = 1
    encoder.flags |= Flags.global_header | Flags.bitexact
    encoder.options = {
        "preset": _PRESET,
        "tune": "zerolatency",
        "profile": profile,
        "level": f"{theirs.level / 10:.1f}",
        "crf": str(max(0, encoding.crf - _FINER)),
        "maxrate": str(encoding.max_bitrate),
        "bufsize": str(2 * encoding.max_bitrate),
        "forced-idr": "1",
        "x264-params": f"sps-id={theirs.free_number()}:keyint=infinite:scenecut=0:bframes=0{_OWN[profile]}",
    }
    encoder.open()
    return encoder


def write_pictures(writer: OutputContainer, stream: Stream, pictures: Sequence[Picture], base: Fraction) -> None:
    """Decoding times are the times of showing in order, as much earlier as the latest picture needs."""
    order = sorted(picture.shown for picture in pictures)
    delay = max(shown - picture.shown for shown, picture in zip(order, pictures, strict=True))
    for shown, picture in zip(order, pictures, strict=True):
        packet = Packet(picture.data)
        packet.stream, packet.time_base = stream, base
        packet.pts, packet.dts = picture.shown, shown - delay
        packet.is_keyframe = picture.key
        writer.mux(packet)


def _copy_sound(
    reader: InputContainer, stream: Stream, writer: OutputContainer, target: Stream, span: tuple[Fraction, Fraction]
) -> None:
    """Whole packets; what comes before the first instant is decoded and not heard (an edit list says so)."""
    base = Fraction(stream.time_base or 1)
    start, end = (round(time / base) for time in span)
    reader.seek(start - _PREROLL * _LONGEST, stream=stream, backward=True)  # before 0, too: there lies what primes it
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
