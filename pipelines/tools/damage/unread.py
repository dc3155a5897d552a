"""Count the pictures that a decoder does not read to their end, or reads beyond it, inside a confined child.

One wrong bit in such a picture puts the entropy decoder out of step: it draws rubbish and reports no error. But it
then has bytes left over at the end, or needs more than there are. A decoder in step draws another picture where the
last bytes differ, and the same picture where bytes are appended. In H.265 entropy decoding needs no reference picture,
so each picture is decoded alone, against plain grey. Against grey, motion shows nothing: a picture that seems not to be
read is decoded once more after the pictures before it. In VP8 every picture is decoded after those before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from operator import itemgetter
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pipelines.domain.model import Torn
from pipelines.sandbox.messages import TORN
from pipelines.tools.bitstream.slices import CodedPicture, H265Pictures, Stream
from pipelines.tools.bitstream.vp8 import Vp8Picture, Vp8Pictures
from pipelines.tools.ffmpeg.opening import open_film, tick_of

_MOST, _MOST_PICTURES = 2_000_000_000, 2_000  # pixels that are drawn: some ten seconds of CPU; and pictures
_BYTES = 3  # of a drawn pixel, at most; the bytes drawn are limited because a hostile file may enlarge its pictures
_MOST_BEFORE = 600  # pictures
_MICROSECONDS = 1_000_000  # a second, as libavformat counts a file's start
_TRIES = 3  # decodes of a picture of one slice: as it is, with bytes appended, with another end
_ALONE = {"flags": "+output_corrupt", "skip_loop_filter": "all", "apply_cropping": "0"}


def serve(request: dict[str, Any]) -> bytes:
    """Return how many of the examined pictures are not read to their end, and when the first is shown, as JSON.

    The request: `{"descriptor": fd, "stream": index}`.
    """
    with os.fdopen(os.dup(request["descriptor"]), "rb") as file:
        with open_film(file) as container:
            keys = [packet.is_keyframe for packet in _packets(container, request["stream"])]
        with open_film(file) as container:  # opened anew, because not every container can seek to its beginning
            found = list(_unread(container, request["stream"], keys))
            return TORN.dump_json(Torn(len(found), min(found, default=None)))


def _packets(container: InputContainer, index: int) -> Iterator[Packet[Any]]:
    """Yield the packets of this stream, until new parameter sets arrive other than in band."""
    for packet in container.demux(index):
        if packet.has_sidedata("new_extradata"):
            return
        if packet.size:
            yield packet


def _unread(container: InputContainer, index: int, keys: Sequence[bool]) -> Iterator[Fraction]:
    """Yield the times, in seconds, of the pictures that are not read to their end."""
    (context,) = (stream.codec_context for stream in container.streams.video if stream.index == index)
    pixels = _TRIES * max(1, context.width * context.height)
    codec = context.codec.canonical_name
    pictures = Vp8Pictures() if codec == "vp8" else H265Pictures(Stream(bytes(context.extradata or b"")))
    most = min(_MOST // pixels, _MOST_PICTURES)
    chosen = looked_at(keys, most) if pictures.alone else affordable(keys, most)
    drawing, before, is_broken = Drawing(pictures.opened, codec), Before(pictures.alone), _TESTS[pictures.alone]
    for number, packet in enumerate(_packets(container, index)):
        picture = pictures.read(bytes(packet))
        if number in chosen and is_broken(picture, () if packet.is_keyframe else before.packets, drawing):
            yield shown_at(packet, container)
        before.add(picture.written(), key=packet.is_keyframe)
        if drawing.drawn > _BYTES * _MOST:
            return


def shown_at(packet: Packet[Any], container: InputContainer) -> Fraction:
    """Return when a packet is shown, in seconds from the file's beginning; decoding times will do."""
    begins = Fraction(container.start_time or 0, _MICROSECONDS)
    return max(Fraction(0), (tick_of(packet) or 0) * Fraction(packet.time_base) - begins)


@dataclass(slots=True)
class Before:
    """The packets since the last key frame, or the one before it: pictures may refer to those before a key frame.

    `is_open`: they may, as in an open GOP of H.265. Only the first 600 are kept, and each key frame. Their number tells
    the caller that a GOP is too long to judge.
    """

    is_open: bool = True
    packets: list[bytes] = field(default_factory=list)
    _last_key: int = 0

    def add(self, packet: bytes, *, key: bool) -> None:
        """Add the next packet; a key frame drops those before the last key frame."""
        if key:
            del self.packets[: self._last_key if self.is_open else None]
            self._last_key = len(self.packets)
        if len(self.packets) < _MOST_BEFORE or key:
            self.packets.append(packet)


def looked_at(keys: Sequence[bool], most: int) -> frozenset[int]:
    """Return the numbers of about `most` pictures to examine: key frames first, then others, spread over the film."""
    first = _spread([number for number, key in enumerate(keys) if key], most)
    others = [number for number, key in enumerate(keys) if not key]
    return frozenset([*first, *_spread(others, most - len(first))])


def affordable(keys: Sequence[bool], most: int) -> frozenset[int]:
    """Return the numbers of the pictures to examine where each costs a decode of all since its key frame.

    Key frames come first, then those next to them; together they cost about `most` decodes.
    """
    since = accumulate(keys, lambda place, key: 0 if key else place + 1, initial=-1)
    cheapest = sorted(enumerate([*since][1:]), key=itemgetter(1))
    costs = accumulate(place + 1 for _, place in cheapest)
    return frozenset(number for (number, _), cost in zip(cheapest, costs, strict=True) if cost <= most)


def _spread(numbers: Sequence[int], most: int) -> Sequence[int]:
    if most <= 0:
        return ()
    step = Fraction(max(len(numbers), most), most)
    return [numbers[int(n * step)] for n in range(min(len(numbers), most))]


@dataclass(slots=True)
class Drawing:
    """A source of pictures, each decoded by a new decoder, opened with this `extradata`; `drawn`: the bytes so far."""

    opened: bytes
    codec: str = "hevc"
    drawn: int = 0

    def of(self, packet: bytes, before: Sequence[bytes] = ()) -> tuple[bytes, ...]:
        """Decode this packet after those of `before` and return its planes; empty where it can't be decoded."""
        context = av.CodecContext.create(self.codec, "r")
        assert isinstance(context, VideoCodecContext)  # noqa: S101 - both codecs are of video
        context.thread_count, context.options = 1, dict(_ALONE)
        if self.opened:
            context.extradata = self.opened
        planes: list[bytes] = []
        try:
            for frame in (frame for it in _numbered((*before, packet)) for frame in context.decode(it)):
                self.drawn += sum(plane.buffer_size for plane in frame.planes)
                planes += _planes(frame) if frame.pts == len(before) or not before else ()
        except av.error.FFmpegError:
            return ()
        return tuple(planes)


def _numbered(packets: Sequence[bytes]) -> Iterator[Packet[Any] | None]:
    """Yield the packets, their times being their numbers, and then the None that flushes a decoder."""
    for number, data in enumerate(packets):
        packet: Packet[Any] = Packet(data)
        packet.pts = packet.dts = number
        yield packet
    yield None


def is_unread_behind(picture: Vp8Picture | CodedPicture, before: Sequence[bytes], drawing: Drawing) -> bool:
    """Tell the same as :func:`is_unread` of a picture that can't be decoded alone."""
    if len(before) >= _MOST_BEFORE:
        return False
    drawn = drawing.of(picture.written(), before)
    if not drawn or drawing.of(picture.lengthened(), before) != drawn:
        return bool(drawn)
    return any(
        all(drawing.of(other, before) == drawn for other in picture.endings(number)) for number in picture.slices
    )


def is_unread(picture: CodedPicture | Vp8Picture, before: Sequence[bytes], drawing: Drawing) -> bool:
    """Tell whether a decoder leaves bytes of a slice unread, or needs more than there are.

    `before`: the packets of the pictures that this one may refer to.
    """
    drawn = drawing.of(picture.written())
    if not drawn:
        return False  # it can't be decoded at all, which the normal decode reports
    if drawing.of(picture.lengthened()) != drawn:
        return True
    return any(
        drawing.of(next(picture.endings(number))) == drawn and _is_left(picture, number, before, drawing)
        for number in picture.slices
    )


def _is_left(picture: CodedPicture | Vp8Picture, number: int, before: Sequence[bytes], drawing: Drawing) -> bool:
    """Tell whether no change of this slice's end changes the picture; False in a GOP too long to judge (600)."""
    if len(before) >= _MOST_BEFORE:
        return False
    drawn = drawing.of(picture.written(), before)
    return bool(drawn) and all(drawing.of(other, before) == drawn for other in picture.endings(number))


_TESTS = {True: is_unread, False: is_unread_behind}  # whether a picture can be decoded alone


def _planes(frame: VideoFrame) -> Iterator[bytes]:
    """Yield the picture's planes without the padding of their lines."""
    wide = (frame.format.components[0].bits + 7) // 8
    for plane in frame.planes:
        lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        yield lines[:, : plane.width * wide].tobytes()
