"""Cut a reel out of a finished MP4 with PyAV.

Pieces are copied except for their ends, joined by dissolves, and their loudness is evened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from pipelines.domain.model import Cut, Encoding, Span
from pipelines.domain.selection.reels import shared_by_two
from pipelines.tools.video.cutting import OPTIONS, Cutter, MasterPacket, TimedFrame, write_pictures
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.splicing import Coded, splice

_PEAK = 10 ** (-4 / 20)  # of full scale: 4 dB below it, because coding adds up to 3 dB to noise
_AT_ONCE = 1024  # samples a frame of sound

_PARTS = 256  # steps from one picture to the other

Samples = NDArray[np.float32]  # channels × samples


def cut_reel(frames: Frames, film: Coded, target: Path, pieces: Sequence[Cut], encoding: Encoding) -> None:
    """Write the pieces, each dissolving into the next, into a new MP4 that begins at 0."""
    cutter = Cutter(frames, film, encoding)
    shared = shared_by_two(cutter.rate)
    pictures = [*_pictures(cutter, [(piece.start, piece.end) for piece in pieces], shared)]
    with av.open(str(target), "w", format="mp4", options=OPTIONS) as writer:
        picture = cutter.add_picture(writer)
        encoder = _sound_encoder(encoding)
        sound = writer.add_stream_from_template(_stream_of(frames.container))
        sound.codec_context.extradata = encoder.extradata
        write_pictures(writer, picture, pictures, frames.base)
        for packet in _encoded(encoder, _mixed(cutter, pieces, shared, encoding)):
            packet.stream = sound
            writer.mux(packet)


def _stream_of(container: InputContainer) -> AudioStream:
    return container.streams.audio[0]


def _pictures(cutter: Cutter, spans: Sequence[Span], shared: Fraction) -> Iterator[MasterPacket]:
    """Yield each piece's own pictures, and between two pieces those of their dissolve. Times are whole frames.

    From the last picture that is copied of a piece to the first of the next, all are encoded in one go, with one key
    frame.
    """
    at, last, base = Fraction(0), len(spans) - 1, cutter.frames.base
    waiting: Iterator[TimedFrame] = iter(())
    for number, (start, end) in enumerate(spans):
        begins = cutter.tick(start + (shared if number else 0))
        ends = end - (shared if number < last else 0)
        plan, later = splice(cutter.film, begins, cutter.tick(ends)), round(at / base) - begins
        waiting = chain(waiting, cutter.timed(plan.head, later))
        if plan.copied[0] < plan.copied[1]:
            yield from cutter.encoded(waiting)
            yield from cutter.copied(plan.copied, later)
            waiting = iter(())
        waiting = chain(waiting, cutter.timed(plan.tail, later))
        at += ends - start - (shared if number else 0)
        if number < last:
            coming = spans[number + 1][0]
            old, new = (tuple(map(cutter.tick, pair)) for pair in ((ends, end), (coming, coming + shared)))
            waiting = chain(waiting, _dissolved(cutter.frames, old, new, round(at / base) - old[0]))
            at += shared
    yield from cutter.encoded(waiting)


def _dissolved(frames: Frames, old: tuple[int, ...], new: tuple[int, ...], later: int) -> Iterator[TimedFrame]:
    """Yield the frames of `old` dissolving into those of `new`, shown `later` ticks after those of `old`."""
    # Read one after the other: one decoder can't be at two places.
    going = [(frame.pts or 0, frame.to_ndarray()) for frame in frames.between(*old)]
    coming = [(frame.format.name, frame.to_ndarray()) for frame in frames.between(*new)]
    for number, ((pts, before), (form, after)) in enumerate(zip(going, coming, strict=True), 1):
        part = round(_PARTS * number / (len(going) + 1))
        both = before.astype(np.uint16) * (_PARTS - part) + after.astype(np.uint16) * part
        yield VideoFrame.from_ndarray((both // _PARTS).astype(np.uint8), format=form), pts + later


def _mixed(cutter: Cutter, pieces: Sequence[Cut], shared: Fraction, encoding: Encoding) -> Samples:
    """Return the sound of all pieces, each at its gain, cross-faded, with no sample over the peak."""
    frames, common = cutter.frames, round(shared * encoding.sample_rate)
    heard = []
    for piece in pieces:
        start = cutter.tick(piece.start) * frames.base
        sound = _heard(frames.container, start, start + piece.end - piece.start, encoding)
        heard.append(sound * np.float32(10 ** (piece.gain / 20)))
    rising = np.linspace(0, 1, common, dtype=np.float32)
    for before, after in pairwise(heard):
        after[:, :common] = after[:, :common] * rising + before[:, -common:] * rising[::-1]
    parts = [piece if number == len(heard) - 1 else piece[:, :-common] for number, piece in enumerate(heard)]
    whole = np.concatenate(parts, axis=1)
    return whole * np.float32(min(1.0, _PEAK / max(float(np.abs(whole).max()), 1e-9)))


def _heard(container: InputContainer, start: Fraction, end: Fraction, encoding: Encoding) -> Samples:
    """Return exactly the samples from `start` to `end` seconds, with silence where there is no sound."""
    stream, rate = _stream_of(container), encoding.sample_rate
    # Counted from the length alone: the difference of two roundings may be a sample short of a dissolve.
    first, count = round(start * rate), round((end - start) * rate)
    samples = np.zeros((encoding.channels, count), np.float32)
    base = Fraction(stream.time_base or 1)
    container.seek(round((start - Fraction(1, 10)) / base), stream=stream, backward=True)
    for frame in container.decode(stream):
        at = round((frame.pts or 0) * base * rate) - first
        if at >= count:
            break
        data = frame.to_ndarray()
        left, right = max(0, at), min(count, at + data.shape[1])
        if right > left:
            samples[:, left:right] = data[:, left - at : right - at]
    return samples


def _sound_encoder(encoding: Encoding) -> AudioCodecContext:
    encoder = av.CodecContext.create(encoding.audio_codec, "w")
    assert isinstance(encoder, AudioCodecContext)  # noqa: S101 - the encoding names an audio codec
    encoder.sample_rate, encoder.bit_rate, encoder.format = encoding.sample_rate, encoding.audio_bitrate, "fltp"
    encoder.layout = "mono" if encoding.channels == 1 else "stereo"
    encoder.flags |= Flags.global_header | Flags.bitexact
    encoder.open()
    return encoder


def _encoded(encoder: AudioCodecContext, samples: Samples) -> Iterator[Packet[Any]]:
    for start in range(0, samples.shape[1], _AT_ONCE):
        data = np.ascontiguousarray(samples[:, start : start + _AT_ONCE])
        frame = AudioFrame.from_ndarray(data, format="fltp", layout=encoder.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = encoder.sample_rate, start, Fraction(1, encoder.sample_rate)
        yield from encoder.encode(frame)
    yield from encoder.encode(None)
