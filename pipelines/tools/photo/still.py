"""Convert any picture to an upright sRGB JPEG of the planned size, with thumbnails, by Pillow in a confined child.

A JPEG that complies is not encoded again: its data is copied. Thumbnails are made of the finished photo, as clips are
of the finished master: it has been read back from the disk to its last byte.
"""

from __future__ import annotations

import os
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pillow_heif
from PIL import Image

from pipelines.domain.model import Output, PhotoPlan, Refusal
from pipelines.domain.planning.photo import MOST_TURNED, SIDEWAYS
from pipelines.domain.refusals import refuse
from pipelines.sandbox.messages import PHOTO, PHOTO_QUALITY
from pipelines.tools.bitstream import jpeg
from pipelines.tools.photo.colour import SRGB_BYTES, note_coded_colour, space_of, to_srgb
from pipelines.tools.photo.decoding import Undecodable, decoding
from pipelines.tools.photo.probe_image import FORMATS, JPEGS, orientation_of, read
from pipelines.tools.photo.quality import SIDE, Colour, may_be_cut_off, measure_quality

try:
    from pipelines.tools.photo import turning
except ImportError:  # turbojpeg is not built for every machine
    turning = None  # type: ignore[assignment]

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HUGE = 64_000_000  # pixels
_OTHER_ENDIAN = {"I;16B", "I;16L", "I;16N"}  # 16 bits in a byte order that Pillow's `point` does not take
_GREY = 128  # of 255: a block without coefficients
# Hamming costs half of Lanczos and is 53 dB (PSNR) from it at two thirds of the size: JPEG itself is further off.
_REDUCING, _ENLARGING = Image.Resampling.HAMMING, Image.Resampling.LANCZOS


def warm() -> None:
    """Process a picture of our own like any other, except for the disk: a first picture costs extra time."""
    with os.fdopen(os.memfd_create("warm"), "w+b") as file:
        Image.new("RGB", (64, 48)).save(file, "JPEG", icc_profile=SRGB_BYTES, exif=b"")
        read(file.fileno(), lambda _: None, whole=True)
        measure_quality(Image.open(file))


def serve(request: dict[str, Any]) -> bytes:
    """Answer `{"plan": …, "descriptor": fd}` with a PhotoQuality, or with a Refusal where decoding fails."""
    plan = PHOTO.validate_python(request["plan"])
    with os.fdopen(os.dup(request["descriptor"]), "rb") as file:
        file.seek(0)
        try:
            image = _copied(file, plan) if plan.copied else _made(file, plan)
        except Undecodable as error:
            return PHOTO_QUALITY.dump_json(_refusal(error))
        small = image if plan.copied else _encoded(image, plan)
        missing = _missing(file)
        if missing and may_be_cut_off(small, missing) and _ends_early(file, plan):
            return PHOTO_QUALITY.dump_json(refuse("truncated", "图片只有上面一部分"))
    _thumbnails(small, plan)
    return PHOTO_QUALITY.dump_json(measure_quality(small))


def _missing(file: BinaryIO) -> Colour:
    """Return the colour that a decoder shows where a JPEG has no data, as it looks in the photo.

    Empty where the file is no JPEG.
    """
    file.seek(0)
    image = Image.open(file, formats=FORMATS)
    if image.format not in JPEGS:
        return ()
    grey = Image.new(image.mode, (1, 1), (_GREY,) * len(image.getbands()))
    shown = to_srgb(_flat(grey), space_of(image, image.getexif()))
    return tuple(shown.tobytes())


def _ends_early(file: BinaryIO, plan: PhotoPlan) -> bool:
    if turning is None or plan.width * plan.height > MOST_TURNED:
        return False  # turbojpeg is missing, or the picture needs more memory than there is
    try:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return turning.ends_early(jpeg.bare(data, b""))
    except jpeg.Broken:
        return False  # its structure is incomplete: it was decoded as far as possible


def _refusal(error: Exception) -> Refusal:
    if "truncated" in str(error):
        return refuse("truncated", "图片只有上面一部分")
    return refuse("unreadable", "图片数据有误")


def _copied(file: BinaryIO, plan: PhotoPlan) -> Image.Image:
    """Write photo.jpg with the same picture data and read it back: what is broken here is the original."""
    with decoding(), mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        picture = jpeg.bare(data, SRGB_BYTES)
    if plan.turn > 1:
        if turning is None:
            raise jpeg.NotTurned("there is nothing to turn it with")
        picture = turning.turned(picture, plan.turn)
    Path(plan.outputs[0].name).write_bytes(picture)
    return _read_back(plan)


def _read_back(plan: PhotoPlan) -> Image.Image:
    """Decode all data of photo.jpg, to a picture as small as the thumbnails and PhotoQuality allow."""
    with decoding(), Image.open(plan.outputs[0].name, formats=["JPEG"]) as image:
        enough = max(SIDE / max(image.size), *(width / image.width for width in plan.thumbnail_widths))
        image.draft("RGB", (max(1, int(image.width * enough)), max(1, int(image.height * enough))))
        image.load()
    return image


def _made(file: BinaryIO, plan: PhotoPlan) -> Image.Image:
    """Return the picture decoded, in the planned size, in sRGB, upright.

    In this order no large picture is kept twice.
    """
    with decoding():
        image = note_coded_colour(Image.open(file, formats=FORMATS), file)
        exif = image.getexif()
    turn = orientation_of(image, exif)
    size = (plan.height, plan.width) if turn in SIDEWAYS else (plan.width, plan.height)
    # A JPEG decodes cheaper at a half, a quarter or an eighth of its size.
    image.draft(None, size)
    space = space_of(image, exif)
    if image.format == "HEIF" and image.mode == "RGB" and image.width * image.height > _HUGE:
        flat = _reduced(file, size)
    else:
        with decoding():
            image.load()
        flat = _flat(image)
    if flat.size != size:
        flat = flat.resize(size, _REDUCING if size[0] < flat.width else _ENLARGING)
    upright = to_srgb(flat, space)
    return upright.transpose(_TURNS[turn]) if turn in _TURNS else upright


def _reduced(file: BinaryIO, size: tuple[int, int]) -> Image.Image:
    """Return a HEIF reduced straight from the decoder's own memory.

    Pillow's copy of 200 megapixels would be another 800 MB.
    """
    import cv2  # one photo in thousands is so large

    cv2.setNumThreads(1)
    file.seek(0)
    with decoding():
        whole = np.asarray(pillow_heif.open_heif(file))
    return Image.fromarray(np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA)))


def _flat(image: Image.Image) -> Image.Image:
    """Return the picture with 8 bits a channel, its transparent parts over white."""
    if image.mode in _OTHER_ENDIAN:
        image = image.convert("I")
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value / 256).convert("L")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" in image.getbands():
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    return image if image.mode in {"RGB", "L", "CMYK", "LAB"} else image.convert("RGB")


def _encoded(image: Image.Image, plan: PhotoPlan) -> Image.Image:
    """Encode the picture, read it back and return it.

    A new picture has no metadata to strip: only pixels and the sRGB profile are written.
    """
    image.info.clear()
    _save(image, plan.outputs[0], plan.jpeg_quality)
    return _read_back(plan)


def _thumbnails(image: Image.Image, plan: PhotoPlan) -> None:
    """Save the thumbnails, the largest first: each is made of the one before it."""
    image.info.clear()
    for output in sorted(plan.outputs[1:], key=lambda output: -output.expect.width):
        size = (output.expect.width, output.expect.height)
        image = image.resize(size, _REDUCING, reducing_gap=3)
        _save(image, output, plan.jpeg_quality)


def _save(image: Image.Image, output: Output, quality: int) -> None:
    image.save(output.name, "JPEG", quality=quality, icc_profile=SRGB_BYTES, exif=b"")
