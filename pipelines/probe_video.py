"""Inside the child: a video → VideoFacts, by PyAV. Headers are asked, packets are counted, one frame is decoded.

Rotation, field order and colour are only known after a frame was decoded; how long a file really is, only after
its last packet was seen (a header has claimed 8.24 s where 0.84 s decode: FACTS).
"""

from __future__ import annotations

import os
from fractions import Fraction
from typing import IO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.containers import FORMATS
from pipelines.model import AudioFacts, Refusal, VideoFacts
from pipelines.packets import Track, longest_hole, scan
from pipelines.probing import refuse
from pipelines.wording import clock

_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "fd"}

_TRANSFERS = {1: "bt709", 6: "smpte170m", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_JPEG_RANGE = 2
_MICROSECOND = Fraction(1, 1_000_000)
# A header and its packets may differ by a little padding; by more, something is missing.
_MISSING_SECONDS, _MISSING_SHARE = Fraction(1, 2), Fraction(2, 100)
# Seconds with neither picture nor sound. A recorder of slides writes a picture only when it changes, but the sound goes
# on; where there is none, a slide may stand for two minutes. Beyond, the time stamps lie: the rest would be one freeze.
_LONGEST_HOLE, _LONGEST_STILL = Fraction(30), Fraction(120)


def read(descriptor: int) -> VideoFacts | Refusal:
    """Facts, or why this is no video that can be taken. Times begin where the file's own clock begins."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        try:
            frame, tracks = _first_frame(file), _tracks(file)
            with _open(file) as container:
                return _facts(container, frame, tracks, faststart(file))
        except av.error.InvalidDataError as error:
            return _unreadable(file, error)
        except (av.error.FFmpegError, ValueError, EOFError) as error:
            return refuse("not-media", type(error).__name__)


def _open(file: IO[bytes]) -> InputContainer:
    file.seek(0)
    container = av.open(file, options=_OPTIONS)
    assert isinstance(container, InputContainer)  # noqa: S101 - opened for reading
    return container


def _unreadable(file: IO[bytes], error: Exception) -> Refusal:
    boxes = list(_boxes(file))
    if "ftyp" in boxes or "mdat" in boxes:
        if "moov" not in boxes:
            return refuse("truncated", "末尾（缺少索引）", "完整索引")
        return refuse("unreadable", "索引损坏")
    return refuse("not-media", type(error).__name__)


def _first_frame(file: IO[bytes]) -> VideoFrame | None:
    with _open(file) as container:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream):
            return None
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue  # a stream may begin in the middle of a GOP; the gate counts what is lost
            if frames:
                return frames[0]
    return None


def _tracks(file: IO[bytes]) -> dict[int, Track]:
    with _open(file) as container:
        return scan(container)


def _facts(
    container: InputContainer, frame: VideoFrame | None, tracks: dict[int, Track], fast: bool
) -> VideoFacts | Refusal:
    stream, audio = container.streams.best("video"), container.streams.best("audio")
    if not isinstance(stream, VideoStream) or (stream.index not in tracks and audio):
        return refuse("no-video", "只有声音" if audio else "没有画面轨")
    if frame is None or stream.index not in tracks:
        return refuse("unreadable", "没有一帧能解码")
    origin = (container.start_time or 0) * _MICROSECOND
    track = tracks[stream.index]
    declared = (stream.duration or 0) * (stream.time_base or Fraction(0))
    if _is_short(track.end - track.start, declared):
        return refuse("truncated", clock(float(track.end - origin)), clock(float(declared)))
    sound = _audio(audio, tracks, origin)
    heard = [tracks[sound.index]] if sound else []
    at, hole = longest_hole([track, *heard])
    if hole > (_LONGEST_HOLE if heard else _LONGEST_STILL):
        return refuse("gap", clock(float(at - origin)), clock(float(hole)))
    return _video_facts(container, stream, frame, track, _end(stream, track, origin), declared, sound, fast)


def _video_facts(
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame,
    track: Track,
    end: Fraction,
    declared: Fraction,
    sound: AudioFacts | None,
    fast: bool,
) -> VideoFacts:
    rate, variable = _rate(stream, track)
    width, height = _display_size(stream, frame)
    context = stream.codec_context
    return VideoFacts(
        kind="video",
        container=container.format.name.partition(",")[0],
        index=stream.index,
        codec=context.name,
        profile=(context.profile or "").lower(),
        pixel_format=frame.format.name,
        width=width,
        height=height,
        square_pixels=(stream.sample_aspect_ratio or 1) == 1,
        rotation=round(frame.rotation) % 360,
        frame_rate=rate,
        variable=variable,
        frames=len(track.times),
        end=end,
        duration=max(end, sound.end if sound else end),
        declared=declared,
        interlaced=bool(frame.interlaced_frame),
        transfer=_TRANSFERS.get(int(frame.color_trc), ""),
        matrix=_MATRICES.get(int(frame.colorspace), ""),
        full_range=int(frame.color_range) == _JPEG_RANGE or frame.format.name.startswith("yuvj"),
        faststart=fast,
        audio=sound,
    )


def _end(stream: VideoStream | AudioStream, track: Track, origin: Fraction) -> Fraction:
    """Where the stream ends: where its header says (edit lists cut packets), at most where its packets end."""
    packets = track.end - origin
    if not stream.duration or stream.start_time is None or stream.time_base is None:
        return packets
    header = (stream.start_time + stream.duration) * stream.time_base - origin
    return header if abs(header - packets) <= max(_MISSING_SECONDS, packets * _MISSING_SHARE) else packets


def _is_short(packets: Fraction, declared: Fraction) -> bool:
    return declared - packets > max(_MISSING_SECONDS, declared * _MISSING_SHARE)


def _audio(stream: object, tracks: dict[int, Track], origin: Fraction) -> AudioFacts | None:
    if not isinstance(stream, AudioStream) or stream.index not in tracks:
        return None
    context = stream.codec_context
    end = _end(stream, tracks[stream.index], origin)
    return AudioFacts(stream.index, context.name, context.sample_rate, context.channels, end)


def _rate(stream: VideoStream, track: Track) -> tuple[Fraction, bool]:
    """Frames a second and whether they vary: the header's where the time stamps agree, else the usual step."""
    average, interval = stream.average_rate, track.interval
    if not interval:
        return Fraction(average or stream.base_rate or 25), False
    variable = track.is_variable
    return (1 / interval if variable or not average else Fraction(average)), variable


def _display_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    width = round(frame.width * (stream.sample_aspect_ratio or 1))
    return (frame.height, width) if round(frame.rotation) % 180 else (width, frame.height)


def faststart(file: IO[bytes]) -> bool:
    """True where an MP4's index comes before its data, so that a player can begin at once."""
    boxes = list(_boxes(file))
    return "moov" in boxes and "mdat" in boxes and boxes.index("moov") < boxes.index("mdat")


def _boxes(file: IO[bytes]) -> list[str]:
    """The four-letter names of an MP4's top-level boxes, in order (ISO/IEC 14496-12, 4.2); at most 64."""
    names: list[str] = []
    at, end = 0, file.seek(0, os.SEEK_END)
    while len(names) < 64 and at < end:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        names.append(head[4:8].decode("latin-1"))
        if size < 8:
            break
        at += size
    return names
