"""Cut spans of a finished MP4, exact to the frame, with PyAV: packets are copied, broken ends are encoded again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
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
_PRESET, _FINER = "veryfast", 2  # a fifth of the time of the film's preset; a lower CRF makes up for the quality
_PROFILES = {"Constrained Baseline": "baseline", "Baseline": "baseline", "Main": "main", "High": "high"}
_LONGEST = 2048  # samples of the longest AAC packet, at twice the rate
_PREROLL = 2  # packets of sound before the first one heard: a decoder needs the one before to be right


TimedFrame = tuple[VideoFrame, int]  # and when it is shown, in ticks from the start of the target


@dataclass(frozen=True, slots=True)
class MasterPacket:
    """One coded picture, ready to be written; `shown`: its presentation time, in ticks from the start of the target."""

    data: bytes
    shown: int
    key: bool


def coded(frames: Frames) -> Coded:
    """Return every picture of the film, in decoding order. Reads the film to its end."""
    shown: list[int] = []
    keys: list[int] = []
    for packet in frames.container.demux(frames.stream):
        if packet.pts is not None:
            if packet.is_keyframe:
                keys.append(len(shown))
            shown.append(packet.pts)
    return Coded(shown, keys)


def keyframe_times(film: Coded, base: Fraction) -> tuple[Fraction, ...]:
    """Return the presentation times of the key frames, rising, in seconds."""
    return tuple(sorted(film.shown[key] * base for key in film.keys))


class Cutter:
    """A source of one film's pictures for one target, taken in the order in which they are shown there.

    Pictures that can't be copied are encoded, each stretch by an encoder of its own, all under the same parameter sets.
    """

    def __init__(self, frames: Frames, film: Coded, encoding: Encoding) -> None:
        self.frames, self.film, self.rate = frames, film, encoding.frame_rate
        self._in_order = sorted(film.shown)
        theirs = parse(frames.stream.codec_context.extradata or b"")
        self._open: Callable[[], VideoCodecContext] = partial(_encoder, frames, encoding, theirs)
        self.sets: ParameterSets = theirs.joined(self._open().extradata or b"")

    def tick(self, time: Fraction) -> int:
        """Return when the frame at `time` seconds is shown, in ticks of the film's own clock.

        That clock may be coarse or begin late, so the frame is found by its number. Past the end it is one frame after
        the last.
        """
        number = round(time * self.rate)
        if number < len(self._in_order):
            return self._in_order[number]
        return self._in_order[-1] + round(1 / (self.rate * self.frames.base))

    def stretch(self, start: int, end: int, at: int) -> Iterator[MasterPacket]:
        """Yield the pictures shown from `start` until before `end`, in decoding order, to be shown from `at` on.

        All three are ticks.
        """
        plan, later = splice(self.film, start, end), at - start
        yield from self.encoded(self.timed(plan.head, later))
        yield from self.copied(plan.copied, later)
        yield from self.encoded(self.timed(plan.tail, later))

    def timed(self, span: tuple[int, int], later: int) -> Iterator[TimedFrame]:
        """Yield the frames shown within this span (ticks), each to be shown `later` ticks after its own time."""
        for frame in self.frames.between(*span):
            assert frame.pts is not None  # noqa: S101 - all these frames have a time
            yield frame, frame.pts + later

    def copied(self, numbers: tuple[int, int], later: int) -> Iterator[MasterPacket]:
        """Yield the coded pictures of these numbers, in decoding order, each shown `later` ticks after its own time."""
        first, last = numbers
        if first < last:
            key = self.film.shown[first]
            packets = dropwhile(lambda packet: packet.pts != key, self.frames.packets(key))
            for packet in islice(packets, last - first):
                assert packet.pts is not None  # noqa: S101 - `coded` counts only packets with a time
                yield MasterPacket(bytes(packet), packet.pts + later, packet.is_keyframe)

    def encoded(self, made: Iterable[TimedFrame]) -> Iterator[MasterPacket]:
        """Yield these frames encoded, in decoding order, the first as a key frame."""
        encoder, shown = None, list[int]()
        for number, (frame, at) in enumerate(made):
            encoder = encoder or self._open()
            shown.append(at)
            # In the encoder's own time base, or numbers would be rescaled where the film's mean rate is another.
            frame.pts, frame.time_base = number, Fraction(encoder.time_base or 1)
            frame.pict_type = PictureType.NONE if number else PictureType.I
            yield from self._written(encoder.encode(frame), shown)
        if encoder:
            yield from self._written(encoder.encode(None), shown)

    def _written(self, packets: Iterable[Packet[Any]], shown: Sequence[int]) -> Iterator[MasterPacket]:
        """Yield packets whose times are frame numbers, with the times at which those frames are `shown`."""
        for packet in packets:
            assert packet.pts is not None  # noqa: S101 - x264 gives each packet its frame's time
            yield MasterPacket(self.sets.sample(bytes(packet)), shown[packet.pts], packet.is_keyframe)

    def add_picture(self, writer: OutputContainer) -> Stream:
        """Add the video stream for these pictures to the target and return it."""
        stream = writer.add_stream_from_template(self.frames.stream)
        stream.codec_context.extradata = self.sets.written()
        return stream


def cut_clip(frames: Frames, film: Coded, target: Path, span: tuple[Fraction, Fraction], encoding: Encoding) -> None:
    """Write what is shown from one time until before another, in seconds, into a new MP4 that begins at 0."""
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
    """Return an open x264 encoder for pictures like the film's, its parameter sets under a number of their own."""
    film, encoder = frames.stream.codec_context, av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - libx264 encodes video
    encoder.width, encoder.height, encoder.pix_fmt = film.width, film.height, film.pix_fmt
    encoder.time_base, encoder.framerate = 1 / frames.rate, frames.rate
    encoder.color_range, encoder.colorspace = film.color_range, film.colorspace
    encoder.color_primaries, encoder.color_trc = film.color_primaries, film.color_trc
    profile = _PROFILES.get(film.profile or "", encoding.profile)
    encoder.thread_count = 1
    encoder.flags |= Flags.global_header | Flags.bitexact
    encoder.options = {
        "preset": _PRESET,
        "profile": profile,
        "level": f"{theirs.level / 10:.1f}",
        "crf": str(max(0, encoding.crf - _FINER)),
        "maxrate": str(encoding.max_bitrate),
        "bufsize": str(2 * encoding.max_bitrate),
        "psy-rd": f"{encoding.psy}:0",
        "aq-strength": str(encoding.aq),
        "forced-idr": "1",
        "x264-params": f"sps-id={theirs.free_number()}:keyint=infinite:scenecut=0",
    }
    encoder.open()
    return encoder


def write_pictures(writer: OutputContainer, stream: Stream, pictures: Sequence[MasterPacket], base: Fraction) -> None:
    """Write pictures, given in decoding order, to the stream.

    Decoding times are the presentation times in order, as much earlier as the latest picture needs.
    """
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
    """Copy whole packets of sound.

    What comes before the first instant is decoded and not heard: an edit list says so.
    """
    base = Fraction(stream.time_base or 1)
    start, end = (round(time / base) for time in span)
    reader.seek(start - _PREROLL * _LONGEST, stream=stream, backward=True)  # may be before 0: priming lies there
    for packet in _heard(reader.demux(stream), start, end):
        packet.pts = packet.dts = packet.pts - start if packet.pts is not None else None
        packet.stream = target
        writer.mux(packet)


def _heard(packets: Iterable[Packet[Any]], start: int, end: int) -> Iterator[Packet[Any]]:
    """Yield the packets heard from `start` until before `end` (ticks), and a few before them."""
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
