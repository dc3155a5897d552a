"""Read a video's header facts and check them against its packets, with PyAV, inside a confined child."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from pipelines.domain.model import AudioFacts, Private
from pipelines.tools.video.packets import Track
from pipelines.tools.video.tracks import layout_of

MICROSECOND = Fraction(1, 1_000_000)

_TRACK_LENGTH, _WHOLE_LENGTH = {"mov", "avi", "mxf"}, {"matroska", "flv", "asf"}
_SAME_RATE = Fraction(2, 1000)
# A header and its packets may differ by a little padding; by more, something is missing.
_MISSING_SECONDS, _MISSING_SHARE = Fraction(1, 2), Fraction(2, 100)
_PRIVATE: dict[str, Private] = {"location": "place", "make": "device", "model": "device", "author": "owner"}


def container_of(container: InputContainer) -> str:
    """Return libavformat's name of the container, the first of them where a demuxer has several."""
    return container.format.name.partition(",")[0]


def declared_length(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return the length that the header declares, in seconds; 0 where the container's header declares none.

    MPEG streams have no such field: what libavformat calls their duration is its own estimate. Matroska, FLV and ASF
    declare only the length of the whole file.
    """
    name = container_of(container)
    if name in _TRACK_LENGTH and stream.duration:
        return stream.duration * Fraction(stream.time_base or 0)
    return (container.duration or 0) * MICROSECOND if name in _WHOLE_LENGTH else Fraction(0)


def measured_length(container: InputContainer, picture: Fraction, tracks: Mapping[int, Track]) -> Fraction:
    """Return the length, in seconds, that the declared one can be compared with: the picture's, or the whole file's.

    Where a header declares the file's length, any track may be the last to end, and some writers count from 0 however
    late the first packet is.
    """
    if container_of(container) not in _WHOLE_LENGTH:
        return picture
    return max(picture, *(track.end for track in tracks.values()))


def other_streams(container: InputContainer) -> tuple[str, ...]:
    """Return the kinds of streams that are neither picture nor sound, with more pictures and chapters, sorted."""
    kinds = {stream.type or "unknown" for stream in container.streams} - {"video", "audio"}
    pictures = {"more pictures"} if len(container.streams.video) > 1 else set()
    return tuple(sorted(kinds | pictures | ({"chapters"} if container.chapters() else set())))


def tags_of(container: InputContainer) -> dict[str, str]:
    """Return the tags of the streams and of the container; the container's override the streams'."""
    tags: dict[str, str] = {}
    for stream in container.streams:
        tags |= stream.metadata
    return tags | container.metadata


def private_kinds(metadata: Mapping[str, str]) -> tuple[Private, ...]:
    """Return the kinds of private data that the header carries; the data itself stays with the original."""
    words = {part for name in metadata for part in name.lower().replace("-", ".").split(".")}
    return tuple(sorted({kind for word, kind in _PRIVATE.items() if word in words}))


def end_of(stream: AudioStream, track: Track, origin: Fraction) -> Fraction:
    """Return when the sound ends, by its packets: a header can only say how much of the last one is padding."""
    last, end = track.times[-1] * track.base - origin, track.end - origin
    if not stream.duration or stream.start_time is None or stream.time_base is None:
        return end
    told = (stream.start_time + stream.duration) * stream.time_base - origin
    return told if last < told < end else end


def is_short(packets: Fraction, declared: Fraction) -> bool:
    """Tell whether the packets end so long before the declared length that something is missing."""
    return declared - packets > max(_MISSING_SECONDS, declared * _MISSING_SHARE)


def audio_facts(stream: object, tracks: dict[int, Track], origin: Fraction) -> AudioFacts | None:
    """Return the facts of the sound; None where there is none."""
    if not isinstance(stream, AudioStream) or stream.index not in tracks:
        return None
    context, track = stream.codec_context, tracks[stream.index]
    layout, channels = layout_of(context)
    return AudioFacts(
        index=stream.index,
        codec=context.name,
        profile=(context.profile or "").lower(),
        sample_rate=context.sample_rate,
        channels=channels,
        start=track.start - origin,
        end=end_of(stream, track, origin),
        layout=layout,
    )


def rate_of(stream: VideoStream, track: Track) -> tuple[Fraction, bool]:
    """Return the frames a second and whether they vary.

    The rate is the header's where the time stamps agree, else that of the usual step.
    """
    average, interval = stream.average_rate, track.interval
    if not interval:
        return Fraction(average or stream.base_rate or 25), False
    if track.is_variable:
        return 1 / interval, True
    measured = track.mean_rate
    # FLV and Matroska may give the clock's rate as the frame rate; MP4's rate is lower where frames are missing.
    rounding = 2 * track.base / (track.end - track.start)
    agrees = average and abs(average / measured - 1) < _SAME_RATE + rounding
    return Fraction(average) if average and agrees and not track.gaps else measured, False
