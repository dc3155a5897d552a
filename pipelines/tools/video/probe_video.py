"""Read a video's facts with PyAV, inside a confined child: from its headers, its packets and a decoded frame.

Rotation, field order and colour are only known once a frame is decoded. A file's real length is only known once its
last packet is read (a header has claimed 8.24 s where 0.84 s decode: FACTS).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import IO

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.domain.model import (
    AudioFacts,
    Fields,
    Geometry,
    Integrity,
    PictureCoding,
    Refusal,
    Sound,
    Timing,
    VideoFacts,
)
from pipelines.domain.refusals import refuse
from pipelines.domain.sealed import Sealed, of_film
from pipelines.domain.wording import clock, lasting
from pipelines.tools.ffmpeg.opening import open_film
from pipelines.tools.video.frame_facts import colour_of, fields_of, geometry_of, may_have_fields
from pipelines.tools.video.header_facts import (
    MICROSECOND,
    audio_facts,
    container_of,
    declared_length,
    is_short,
    measured_length,
    other_streams,
    private_kinds,
    rate_of,
    tags_of,
)
from pipelines.tools.video.layout import Chosen, Layout, layout_of_file
from pipelines.tools.video.packets import Track, longest_hole, scan
from pipelines.tools.video.sound_holes import sound_holes
from pipelines.tools.video.tracks import films_of, picture_of, pictures_of, sound_of
from pipelines.tools.video.unreadable import explained, unreadable

_MOST_FRAMES_OF_FIELDS = 31  # frames a second; interlaced video has no more
_FIELD_FRAMES = 40  # frames examined where there may be fields
# Seconds with neither picture nor sound. A slide recorder writes a picture only when it changes, but its sound goes on.
# Without sound, a slide may stand for two minutes. Beyond, the time stamps are wrong: the rest would be one freeze.
_LONGEST_HOLE, _LONGEST_STILL = Fraction(30), Fraction(120)
# Seconds that the clock of the picture may go back. Recordings laid end to end exceed it: each part begins at zero.
_MOST_BACK = Fraction(1, 2)
_LATEST = Fraction(10**7)  # seconds; a recorder's clock may count from 1970, where libavformat finds no beginning
_FASTEST = 10**6  # frames per second; beyond, a header lies
_MPEG = {"mpegts", "mpeg"}  # transport and program streams
_BARE = {"h264", "hevc"}
_EARLY = Fraction(1, 20)  # seconds before the file's zero at which a picture counts


def read(
    descriptor: int,
    keep: Callable[[Sealed], None],
    *,
    original: bool = True,
    without: Collection[int] = (),
    picture: int | None = None,
) -> VideoFacts | Refusal:
    """Return the facts, or why this video can't be taken. Times begin where the file's own clock begins.

    `keep` receives what the file says of people and places. A file that is not `original` is our own, and is not
    searched for damage. `without`: indices of audio streams that turned out not to decode. `picture`: the index of the
    video stream; the main one if None.
    """
    with os.fdopen(os.dup(descriptor), "rb") as file:
        try:
            with open_film(file) as container:
                tracks = scan(container, torn=original)
                keep(of_film(tags_of(container)))
                chosen = Chosen(picture_of(container, tracks, picture), sound_of(container, without))
                frame, fields = _frame(file, container, chosen.picture)
                layout = layout_of_file(file, container, chosen, frame)
                facts = _facts(container, chosen, frame, fields, tracks, layout)
                return explained(file, facts)
        except av.error.InvalidDataError as error:
            return explained(file, unreadable(file, error))
        except av.error.FFmpegError as error:
            return refuse("not-media", type(error).__name__)


@contextmanager
def _rewound(file: IO[bytes], container: InputContainer) -> Iterator[InputContainer]:
    """Yield the container at its beginning again.

    An MP4 is rewound by its index, which avoids probing its streams once more; others are opened anew.
    """
    if container.format.name.startswith("mov"):
        container.seek(0)
        yield container
    else:
        with open_film(file) as again:
            yield again


def _frame(file: IO[bytes], scanned: InputContainer, chosen: VideoStream | None) -> tuple[VideoFrame | None, Fields]:
    """Return the first frame that decodes, and how its fields lie."""
    if chosen is None:
        return None, "progressive"
    with _rewound(file, scanned) as container:
        stream = next(stream for stream in container.streams.video if stream.index == chosen.index)
        stream.codec_context.thread_count = 1
        frames = _decoded(container, stream)
        first = next(frames, None)
        if first is None or not may_have_fields(stream, first, container_of(container)):
            return first, "progressive"
        return first, fields_of([first, *islice(frames, _FIELD_FRAMES)], stream)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue  # a stream may begin in the middle of a GOP; the finish gate counts the lost frames


def _facts(
    container: InputContainer,
    chosen: Chosen,
    frame: VideoFrame | None,
    fields: Fields,
    tracks: dict[int, Track],
    layout: Layout,
) -> VideoFacts | Refusal:
    stream, audio = chosen.picture, container.streams.best("audio")
    if stream is None and pictures_of(container):
        return refuse("no-decoder")
    if stream is None or (stream.index not in tracks and audio):
        return refuse("no-video", "只有声音" if audio else "没有画面轨")
    if frame is None or stream.index not in tracks:
        return refuse("unreadable", "没有一帧能解码")
    track = tracks[stream.index]
    origin = _origin(container, track)
    if track.end - origin > _LATEST or rate_of(stream, track)[0] > _FASTEST:
        return refuse("unreadable", "时间戳有误")
    if layout.dolby_alone:
        return refuse("dolby-vision")
    if track.fall * track.base > _MOST_BACK:
        return refuse("clock-back", clock(float(track.fell_at * track.base - origin)))
    sound = _with_holes(audio_facts(chosen.sound, tracks, origin), container, track, tracks, origin)
    heard = [tracks[sound.index]] if sound else []
    at, hole = longest_hole([track, *heard])
    if hole > (_LONGEST_HOLE if heard else _LONGEST_STILL):
        return refuse("gap", clock(float(at - origin)), lasting(hole))
    return _video_facts(container, stream, frame, fields, tracks, origin, sound, layout)


def _with_holes(
    sound: AudioFacts | None, container: InputContainer, picture: Track, tracks: Mapping[int, Track], origin: Fraction
) -> AudioFacts | None:
    """Add what is missing of an MPEG stream's sound; other containers may leave out silence."""
    if sound is None or container_of(container) not in _MPEG:
        return sound
    holes = list(sound_holes(tracks[sound.index], picture))
    lost = sum((hole.length for hole in holes), Fraction(0))
    return replace(sound, lost=lost, lost_from=holes[0].start - origin) if holes else sound


def _is_assumed(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a stream without a container names no frame rate in its VUI: libavformat then takes 25."""
    return container_of(container) in _BARE and not stream.codec_context.framerate


def _origin(container: InputContainer, picture: Track) -> Fraction:
    """Return when the film begins, in seconds on the file's clock: as libavformat says, or with an earlier picture."""
    told = _told_start(container)
    return picture.start if told - picture.start > _EARLY else told


def _told_start(container: InputContainer) -> Fraction:
    return (container.start_time or 0) * MICROSECOND


def _video_facts(
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame,
    fields: Fields,
    tracks: dict[int, Track],
    origin: Fraction,
    sound: AudioFacts | None,
    layout: Layout,
) -> VideoFacts:
    context, track = stream.codec_context, tracks[stream.index]
    timing = _timing(stream, track, origin, sound, fields)
    declared = declared_length(container, stream)
    measured = measured_length(container, timing.duration - timing.start, tracks)
    return VideoFacts(
        kind="video",
        container=container_of(container),
        index=stream.index,
        coding=PictureCoding(
            context.name, (context.profile or "").lower(), context.level or 0, frame.format.name, track.bit_rate
        ),
        geometry=_geometry(stream, frame, fields, layout),
        timing=replace(timing, early=_told_start(container) - origin, assumed=_is_assumed(container, stream)),
        colour=colour_of(frame),
        sound=Sound(sound, len(container.streams.audio)),
        integrity=Integrity(
            declared,
            layout.cut or is_short(measured, declared),
            track.torn + layout.lost,
            _torn_from(track, timing, layout, origin),
            unfinished=layout.unfinished,
        ),
        faststart=layout.faststart,
        angles=tuple(film.index for film in films_of(container, tracks) if film.index != stream.index),
        others=other_streams(container),
        private=private_kinds({**stream.metadata, **container.metadata}),
    )


def _torn_from(track: Track, timing: Timing, layout: Layout, origin: Fraction) -> Fraction | None:
    """Return about when the first damage is; a transport stream's bytes are taken to be spread evenly in time."""
    times = [] if track.torn_at is None else [track.torn_at * track.base - origin]
    if layout.lost_from is not None:
        times.append(layout.lost_from * timing.duration)
    return max(Fraction(0), min(times)) if times else None


def _geometry(stream: VideoStream, frame: VideoFrame, fields: Fields, layout: Layout) -> Geometry:
    plain = geometry_of(stream, frame, fields, layout.aperture, shaped=layout.shaped)
    return replace(plain, projection=layout.projection, stereo=layout.stereo)


def _timing(stream: VideoStream, track: Track, origin: Fraction, sound: AudioFacts | None, fields: Fields) -> Timing:
    rate, variable = rate_of(stream, track)
    if fields != "progressive" and rate > _MOST_FRAMES_OF_FIELDS:
        rate /= 2  # each packet is one field
    end = track.end - origin
    return Timing(
        frame_rate=rate,
        variable=variable,
        frames=len(track.times),
        hidden=track.hidden,
        key_interval=track.key_interval,
        gaps=track.gaps,
        open_keys=track.open_keys,
        start=track.start - origin,
        end=end,
        duration=max(end, sound.end) if sound else end,
        until_key=track.until_key,
    )
