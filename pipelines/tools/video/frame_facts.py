"""Read the facts that only a decoded frame tells, with PyAV: rotation, colour, and the real field order."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction

import av.error
import av.filter
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.domain.model import Colour, Fields, Geometry
from pipelines.tools.bitstream import cicp

_JPEG_RANGE = 2
# AVFieldOrder: the second letter is the field shown first.
_ORDERS: dict[int, Fields] = {2: "tff", 3: "bff", 4: "bff", 5: "tff"}
_LEAST = 16  # pixels; a smaller aperture is an error in the file
_SD_LINES, _HD_LINES = {480, 486, 576}, 720  # interlaced video has one of these heights, or more than the second
_FIELD_CODECS = {"mpeg2video", "h264", "dvvideo", "vc1", "mpeg4", "prores", "rawvideo", "ffv1", "huffyuv", "mjpeg"}
_PHONE_CONTAINERS = {"mov", "matroska", "flv"}  # in these, nothing is interlaced unless it is flagged


def colour_of(frame: VideoFrame) -> Colour:
    """Return the colour tags of a frame; a `yuvj` format is full range even where its tag denies it."""
    full = int(frame.color_range) == _JPEG_RANGE or frame.format.name.startswith("yuvj")
    numbers = int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace)
    return cicp.colour(*numbers, full_range=full, dolby_vision=has_dolby_vision(frame))


def is_mirrored(frame: VideoFrame) -> bool:
    """Tell whether the display matrix mirrors the picture: its determinant is negative."""
    for side in _sides(frame):
        if side.type is Type.DISPLAYMATRIX:
            a, b, _, c, d = struct.unpack_from("<5i", bytes(side))
            return bool(a * d - b * c < 0)
    return False


def has_dolby_vision(frame: VideoFrame) -> bool:
    """Tell whether the frame carries Dolby Vision's own metadata."""
    return any(side.type in {Type.DOVI_METADATA, Type.DOVI_RPU_BUFFER} for side in _sides(frame))


def _sides(frame: VideoFrame) -> Iterable[SideData]:
    try:
        return tuple(frame.side_data)  # type: ignore[arg-type] # the stub is wrong
    except ValueError:
        return ()  # a kind that PyAV has no name for yet


def may_have_fields(stream: VideoStream, frame: VideoFrame, container: str) -> bool:
    """Tell whether the frames must be examined for fields.

    They must where the frame is flagged as interlaced, or comes from a source whose flags are known to be wrong.
    """
    if frame.interlaced_frame:
        return True
    tall = frame.height in _SD_LINES or frame.height > _HD_LINES
    return tall and stream.codec_context.name in _FIELD_CODECS and container not in _PHONE_CONTAINERS


def fields_of(frames: Iterable[VideoFrame], stream: VideoStream) -> Fields:
    """Return how the fields of these frames lie, as ffmpeg's idet measures it.

    Where idet can't tell, because nothing moves, the flag decides.
    """
    graph = av.filter.Graph()
    source, detector, sink = graph.add_buffer(template=stream), graph.add("idet"), graph.add("buffersink")
    source.link_to(detector)
    detector.link_to(sink)
    graph.configure()
    flagged, counts = False, dict.fromkeys(("tff", "bff", "progressive"), 0.0)
    for frame in frames:
        flagged |= bool(frame.interlaced_frame)
        graph.push(frame)
        try:
            told = dict(graph.vpull().metadata)
        except av.error.BlockingIOError:
            continue  # idet compares a frame with the next one
        counts = {kind: float(told.get(f"lavfi.idet.multiple.{kind}", 0)) for kind in counts}
    return _judged(counts, flagged, _ORDERS.get(int(stream.codec_context.field_order or 0), "tff"))


def _judged(counts: dict[str, float], flagged: bool, order: Fields) -> Fields:
    fields = counts["tff"] + counts["bff"]
    if max(fields, counts["progressive"]) < 3:
        return order if flagged else "progressive"
    if counts["progressive"] >= fields:
        return "progressive"
    return "tff" if counts["tff"] >= counts["bff"] else "bff"


def cropped(frame: VideoFrame, aperture: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the clean aperture, turned upright, where it is a part of the frame and not all of it; else None."""
    whole = (frame.width, frame.height)
    if aperture is None or aperture == whole:
        return None
    is_part = all(_LEAST <= side <= most for side, most in zip(aperture, whole, strict=True))
    return _upright(frame, aperture) if is_part else None


def display_size(
    stream: VideoStream, frame: VideoFrame, crop: tuple[int, int] | None, *, shaped: bool
) -> tuple[int, int]:
    """Return the width and height as shown: what the crop leaves, in square pixels, turned upright.

    `shaped`: the file declares its pixel aspect ratio. Where it doesn't and is cropped, ffmpeg has taken the crop for a
    change of the aspect ratio.
    """
    width, height = _upright(frame, crop or _upright(frame, (frame.width, frame.height)))
    aspect = Fraction(stream.sample_aspect_ratio or 1) if shaped or not crop else Fraction(1)
    return _upright(frame, (max(1, round(width * aspect)), height))


def geometry_of(
    stream: VideoStream, frame: VideoFrame, fields: Fields, aperture: tuple[int, int] | None, *, shaped: bool
) -> Geometry:
    """Return the size and shape of a picture as displayed; `aperture` and `shaped`: what the container says."""
    crop = cropped(frame, aperture)
    width, height = display_size(stream, frame, crop, shaped=shaped)
    return Geometry(
        width=width,
        height=height,
        square_pixels=bool(crop and not shaped) or (stream.sample_aspect_ratio or 1) == 1,
        rotation=round(frame.rotation) % 360,
        mirrored=is_mirrored(frame),
        crop=crop,
        fields=fields,
        flagged_fields=bool(frame.interlaced_frame),
    )


def _upright(frame: VideoFrame, size: tuple[int, int]) -> tuple[int, int]:
    """Swap width and height where the frame is turned by a quarter: this is its own inverse."""
    return (size[1], size[0]) if round(frame.rotation) % 180 else size
