"""Which picture and which sound of a file are published: the main ones, among those that can be decoded. By PyAV."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence
from typing import TypeVar

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

Track = TypeVar("Track", AudioStream, VideoStream)

_LONGEST_LAYOUT = 80  # characters


def picture_of(container: InputContainer) -> VideoStream | None:
    """The main picture with a decoder, or None."""
    return _main(container, "video", container.streams.video)


def sound_of(container: InputContainer, without: Collection[int] = ()) -> AudioStream | None:
    """The main sound with a decoder, or None; `without`: indices of tracks that turned out not to decode."""
    return _main(container, "audio", [stream for stream in container.streams.audio if stream.index not in without])


def _main(container: InputContainer, kind: str, streams: Sequence[Track]) -> Track | None:
    """libavformat's choice, which goes by flags and bit rates, where it has a decoder; else the first that has one.

    Recent iPhones write spatial sound (`apac`), which has none, as the first and default track before AAC.
    """
    decodable = [stream for stream in streams if has_decoder(stream)]
    best = container.streams.best(kind)  # type: ignore[arg-type]
    return next((stream for stream in decodable if best and stream.index == best.index), next(iter(decodable), None))


def has_decoder(stream: AudioStream | VideoStream) -> bool:
    """False of a codec that libavcodec doesn't know: PyAV gives such a stream no context, whatever its types say."""
    return stream.codec_context is not None


def layout_of(context: AudioCodecContext) -> tuple[str, int]:
    """Name of the channel layout, as libavutil describes it (`stereo`, `2 channels (FC+FC)`), and its channels.

    PyAV copies a layout without its map and frees it twice; of a custom one that is a crash. The copy is kept for ever.
    """
    layout = context.layout
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout.name[:_LONGEST_LAYOUT], layout.nb_channels
