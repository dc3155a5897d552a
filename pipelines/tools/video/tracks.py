"""Choose the video and the audio stream to publish, with PyAV: the main ones among those that can be decoded."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from pipelines.tools.video.packets import Track as Packets

Track = TypeVar("Track", AudioStream, VideoStream)

_LONGEST_LAYOUT = 80  # characters


def picture_of(
    container: InputContainer, tracks: Mapping[int, Packets], index: int | None = None
) -> VideoStream | None:
    """Return the film among the video streams, or None where none has a decoder.

    Of several, that of this index, or libavformat's choice. `tracks`: by the stream's index.
    """
    films = films_of(container, tracks)
    return next((film for film in films if film.index == index), None) or _main(container, "video", films)


def films_of(container: InputContainer, tracks: Mapping[int, Packets]) -> list[VideoStream]:
    """Return the video streams that are films, by their packets: a cover is none, even if it is the default.

    Each has at least half as many frames as the fullest: a dash cam's front and rear have the same number.
    """
    films = [stream for stream in pictures_of(container) if has_decoder(stream)]
    frames = {stream.index: len(tracks[stream.index].times) for stream in films if stream.index in tracks}
    return [stream for stream in films if 2 * frames.get(stream.index, 0) >= max(frames.values(), default=0)]


def pictures_of(container: InputContainer) -> list[VideoStream]:
    """Return the video streams that are no covers."""
    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]


def sound_of(container: InputContainer, without: Collection[int] = ()) -> AudioStream | None:
    """Return the main audio stream with a decoder, or None.

    `without`: indices of streams that turned out not to decode.
    """
    return _main(container, "audio", [stream for stream in container.streams.audio if stream.index not in without])


def _main(container: InputContainer, kind: str, streams: Sequence[Track]) -> Track | None:
    """Return libavformat's choice where it has a decoder; else the first stream that has one.

    libavformat chooses by flags and bit rates. Recent iPhones write spatial sound (`apac`), which has no decoder, as
    the first and default track before AAC.
    """
    decodable = [stream for stream in streams if has_decoder(stream)]
    best = container.streams.best(kind)  # type: ignore[arg-type]
    return next((stream for stream in decodable if best and stream.index == best.index), next(iter(decodable), None))


def has_decoder(stream: AudioStream | VideoStream) -> bool:
    """Tell whether libavcodec knows the stream's codec.

    PyAV gives a stream of an unknown codec no context, although its types say it does.
    """
    return stream.codec_context is not None


def layout_of(context: AudioCodecContext) -> tuple[str, int]:
    """Return the name of the channel layout and its number of channels.

    The name is libavutil's description (`stereo`, `2 channels (FC+FC)`). PyAV copies a layout without its map and frees
    it twice; with a custom layout that is a crash. So the copy is never freed.
    """
    layout = context.layout
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout.name[:_LONGEST_LAYOUT], layout.nb_channels
