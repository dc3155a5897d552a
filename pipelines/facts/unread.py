"""Inside the child: pictures in H.265 that a decoder does not read to their end, or reads beyond it.

Where one bit of such a picture is wrong, the entropy decoder falls out of step, draws rubbish, and says nothing. But
then it has bytes left over at the end, or wants more than there are. In H.265 reading needs none of the pictures that
a picture refers to, so each is decoded alone, against plain grey: a decoder in step draws another picture where its
last bytes are others, and the same one where more follow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pipelines.children.containers import FORMATS
from pipelines.facts.slices import OTHERS, CodedPicture

_MOST, _MOST_PICTURES = 2_000_000_000, 2_000  # pixels that are decoded: some ten seconds of CPU; and pictures
_TRIES = 2  # of each picture: as it is, and with more behind it; and one of each slice, with another end
_ALONE = {"flags": "+output_corrupt", "skip_loop_filter": "all"}

Planes = tuple[bytes, ...]


def serve(request: dict[str, Any]) -> bytes:
    """`{"descriptor": fd, "stream": index}` → how many pictures are not read to their end, of those looked at."""
    keys = [packet.is_keyframe for packet, _ in _packets(**request)]
    return json.dumps(sum(_unread(keys, _packets(**request)))).encode()


def _packets(descriptor: int, stream: int) -> Iterator[tuple[Packet[Any], VideoCodecContext]]:
    """Of this stream, from the beginning of the file; opened anew each time: not every container goes back."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        with av.open(file, options={"format_whitelist": FORMATS, "protocol_whitelist": "fd"}) as container:
            assert isinstance(container, InputContainer)  # noqa: S101 - opened for reading
            (context,) = (it.codec_context for it in container.streams.video if it.index == stream)
            yield from ((packet, context) for packet in container.demux(stream) if packet.size)


def _unread(keys: Sequence[bool], packets: Iterable[tuple[Packet[Any], VideoCodecContext]]) -> Iterator[bool]:
    chosen = frozenset[int]()
    for number, (packet, context) in enumerate(packets):
        extradata = bytes(context.extradata or b"")
        picture = CodedPicture.of(bytes(packet), extradata)
        if not number:
            pixels = max(1, context.width * context.height) * (_TRIES + len(picture.slices))
            chosen = looked_at(keys, min(ceil(_MOST / pixels), _MOST_PICTURES))
        if number in chosen:
            yield is_unread(picture, extradata)


def looked_at(keys: Sequence[bool], most: int) -> frozenset[int]:
    """The numbers of about `most` pictures: key frames first, then others, spread over the film."""
    first = _spread([number for number, key in enumerate(keys) if key], most)
    others = [number for number, key in enumerate(keys) if not key]
    return frozenset([*first, *_spread(others, most - len(first))])


def _spread(numbers: Sequence[int], most: int) -> Sequence[int]:
    if most <= 0:
        return ()
    step = Fraction(max(len(numbers), most), most)
    return [numbers[int(n * step)] for n in range(min(len(numbers), most))]


def is_unread(picture: CodedPicture, extradata: bytes) -> bool:
    """Whether a decoder leaves bytes of a slice over, or wants more than there are."""
    drawn = _drawn(picture.written(), extradata)
    if drawn is None:
        return False  # it doesn't decode at all: the one decode tells
    return _drawn(picture.lengthened(), extradata) != drawn or any(
        all(_drawn(picture.altered(number, other), extradata) == drawn for other in OTHERS) for number in picture.slices
    )


def _drawn(packet: bytes, extradata: bytes) -> Planes | None:
    """The picture that a fresh decoder makes of it; None where it makes none."""
    context = av.CodecContext.create("hevc", "r")
    context.extradata, context.thread_count, context.options = extradata, 1, dict(_ALONE)
    try:
        frames = [*context.decode(av.Packet(packet)), *context.decode(None)]
    except av.error.FFmpegError:
        return None
    return tuple(_planes(frames[0])) if frames and isinstance(frames[0], VideoFrame) else None


def _planes(frame: VideoFrame) -> Iterator[bytes]:
    """What is in the picture, without what lies beside its lines."""
    wide = (frame.format.components[0].bits + 7) // 8
    for plane in frame.planes:
        lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        yield lines[:, : plane.width * wide].tobytes()
