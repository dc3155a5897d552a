"""Read a container's description of its data and its picture, and what the file lacks."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import IO

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.tools.bitstream.boxes import faststart, sample_entry
from pipelines.tools.bitstream.extent import is_cut, is_unfinished
from pipelines.tools.damage.transport import losses
from pipelines.tools.video.header_facts import container_of
from pipelines.tools.video.side_data import (
    SideData,
    clean_aperture,
    is_dolby_alone,
    projection_of,
    side_data_of,
    stereo_of,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The streams that are published."""

    picture: VideoStream | None
    sound: AudioStream | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The container's description of its data and its picture.

    `aperture`: the width and height that its cropping leaves. `shaped`: it declares its pixel aspect ratio, which
    ffmpeg else guesses from the size shown. `cut`: it ends early. `lost`: the number of places where packets of a
    transport stream are missing, the first of them after this share of the file: `lost_from`.
    `unfinished`: a fragmented MP4 has no end, or a transport stream ends within a packet, as where a recorder was
    switched off.
    """

    faststart: bool
    aperture: tuple[int, int] | None
    shaped: bool
    dolby_alone: bool
    cut: bool
    lost: int
    lost_from: Fraction | None = None
    projection: str = ""
    stereo: str = ""
    unfinished: bool = False


def layout_of_file(file: IO[bytes], container: InputContainer, chosen: Chosen, frame: VideoFrame | None) -> Layout:
    """Return the description of an open film; `frame`: the first one that decodes."""
    size = (frame.width, frame.height) if frame else (0, 0)
    side: SideData = side_data_of(container).get(chosen.picture.index, {}) if chosen.picture else {}
    layout = Layout(
        faststart(file),
        clean_aperture(side, size),
        shaped=_is_shaped(file, container, size),
        dolby_alone=is_dolby_alone(side),
        cut=is_cut(file),
        lost=0,
        projection=projection_of(side),
        stereo=stereo_of(side),
        unfinished=is_unfinished(file),
    )
    if container.format.name != "mpegts":
        return layout
    lost = losses(file, [stream.id for stream in (chosen.picture, chosen.sound) if stream])
    share = None if lost.first is None else Fraction(lost.first, max(1, os.fstat(file.fileno()).st_size))
    cut, unfinished = lost.cut and lost.places > 0, lost.cut and not lost.places
    return replace(layout, cut=cut, unfinished=unfinished, lost=lost.places, lost_from=share)


def _is_shaped(file: IO[bytes], container: InputContainer, size: tuple[int, int]) -> bool:
    """Tell whether the pixel aspect ratio is the file's own; in MP4 libavformat may have made it of the cropping."""
    return container_of(container) != "mov" or b"pasp" in sample_entry(file, size)
