"""Read a picture's facts with Pillow and pillow-heif, inside a confined child."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from typing import Any, BinaryIO

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from pipelines.domain.model import ImageFacts, Private, Refusal
from pipelines.domain.model.terms import MOST_PIXELS
from pipelines.domain.planning.photo import SIDEWAYS
from pipelines.domain.refusals import refuse
from pipelines.domain.sealed import Part, Sealed, of_photo
from pipelines.tools.bitstream import jpeg
from pipelines.tools.bitstream.boxes import bytes_missing
from pipelines.tools.bitstream.png import chunk
from pipelines.tools.photo.colour import BOXED, colour_of, note_coded_colour
from pipelines.tools.photo.decoding import Undecodable, decoding

pillow_heif.register_heif_opener()
Image.init()
# Opening reads only the header; the campaign's own pixel limit refuses a picture before it is decoded.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "HEIF", "AVIF", "WEBP", "TIFF", "BMP", "GIF")
JPEGS = {"JPEG", "MPO"}  # an MPO holds several pictures, the first a JPEG
_GPS_TIME, _GPS_DATE = 7, 29
_NO_JPEG = jpeg.Structure("", (0, 0), 0)
_THUMBNAIL_START, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_EXIF, _PNG_XMP = b"Exif\0\0", "XML:com.adobe.xmp"
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")
_UPRIGHT = {"TIFF", "HEIF"}


def read(descriptor: int, keep: Callable[[Sealed], None], *, whole: bool = False) -> ImageFacts | Refusal:
    """Return the facts of the header, with the size upright, or a refusal.

    With `whole`, every pixel is decoded too, and a broken one is a refusal. `keep` receives what the file says of
    people and places.
    """
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        try:
            with _opened(file) as image:
                if _is_measurement(image):
                    return refuse("not-media")
                if max(image.size) > MOST_PIXELS:
                    return refuse("unreadable", f"图片头中的尺寸不可信：{image.width}×{image.height}")
                with decoding():
                    exif = _exif(image, file)
                coded = _structure(descriptor) if image.format in JPEGS else _NO_JPEG
                keep(_sealed(image, exif, descriptor, coded))
                missing = _missing(file) if image.format in BOXED else 0
                facts = _facts(image, exif, os.fstat(descriptor).st_size, coded, missing)
                if whole:
                    _load(image)
                return facts
        except UnidentifiedImageError:
            return refuse("unreadable", "图片头无法识别")
        except Undecodable:
            return refuse("unreadable", "图片数据有误")


def _opened(file: BinaryIO) -> Image.Image:
    """Open the picture by its header. Raises UnidentifiedImageError and Undecodable."""
    try:
        with decoding():
            return note_coded_colour(Image.open(file, formats=FORMATS), file)
    except Undecodable as error:
        if isinstance(error.__cause__, UnidentifiedImageError):
            raise error.__cause__ from error
        raise


def _is_measurement(image: Image.Image) -> bool:
    """Tell whether the samples are floats or 32-bit integers: no field of the file says which value is white."""
    return image.mode == "F" or (image.mode == "I" and image.format == "TIFF")


def _load(image: Image.Image) -> None:
    """Read every coded byte. A JPEG's pixels need not be made for that."""
    with decoding():
        image.draft(None, (1, 1))
        image.load()


def _exif(image: Image.Image, file: BinaryIO) -> Image.Exif:
    """Return the EXIF without decoding a pixel.

    For a PNG, Pillow would decode all of them to see the chunks after them.
    """
    if image.format != "PNG":
        return image.getexif()
    exif, before = Image.Exif(), file.tell()
    exif.load(_EXIF + content if (content := chunk(file, b"eXIf")) else b"")  # PNG, third edition, 11.3.3.5
    file.seek(before)
    return exif


def _facts(image: Image.Image, exif: Image.Exif, size: int, coded: jpeg.Structure, missing: int) -> ImageFacts:
    orientation = orientation_of(image, exif)
    width, height = reversed(image.size) if orientation in SIDEWAYS else image.size
    return ImageFacts(
        kind="photo",
        format=(image.format or "").lower().replace("mpo", "jpeg"),
        width=width,
        height=height,
        orientation=orientation,
        mode=image.mode,
        frames=_frames(image),
        coding=coded.coding,
        colour=colour_of(image, exif),
        size=size,
        **_clocks(exif),
        private=tuple(_private(image, exif)),
        unit=coded.unit,
        missing=missing,
    )


def _missing(file: BinaryIO) -> int:
    before = file.tell()
    try:
        return bytes_missing(file)
    finally:
        file.seek(before)


def _frames(image: Image.Image) -> int:
    with decoding():
        return int(getattr(image, "n_frames", 1)) if image.format in {"GIF", "WEBP", "PNG"} else 1


def directory(exif: Image.Exif, number: int) -> dict[int, Any]:
    """Return one directory of EXIF. Raises Undecodable where it is broken."""
    with decoding():
        return dict(exif.get_ifd(number))


def orientation_of(image: Image.Image, exif: Image.Exif) -> int:
    """Return how the pixels from Pillow have to be turned, as EXIF counts; those of a TIFF or a HEIF are upright."""
    turned = exif.get(ExifTags.Base.Orientation, 1)
    if image.format in _UPRIGHT or not isinstance(turned, int) or turned < 1:
        return 1
    return turned


def _structure(descriptor: int) -> jpeg.Structure:
    with mmap(descriptor, 0, access=ACCESS_READ) as data:
        try:
            return jpeg.structure(data)
        except jpeg.Broken:
            return _NO_JPEG  # it may still be decoded, and encoded anew


def _clocks(exif: Image.Exif) -> dict[str, str]:
    """Return the times of the camera's clock and of the satellites; empty where there is no valid time."""
    tags = directory(exif, ExifTags.IFD.Exif)
    return {
        "taken": _stamp(tags.get(ExifTags.Base.DateTimeOriginal)),
        "zone": _zone(tags.get(ExifTags.Base.OffsetTimeOriginal)),
        "satellites": _satellites(directory(exif, ExifTags.IFD.GPSInfo)),
    }


def _stamp(value: object) -> str:
    """Return `YYYY:MM:DD HH:MM:SS` (Exif 2.3, 4.6.5) as ISO 8601; empty where it is no time."""
    try:
        return datetime.strptime(str(value).strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return ""


def _zone(value: object) -> str:
    text = str(value).strip("\0 ")
    return text if _OFFSET.fullmatch(text) else ""


def _satellites(gps: Mapping[int, object]) -> str:
    """Return the UTC time by GPS, from its date stamp and its hours, minutes and seconds; empty where there is none."""
    date, time = gps.get(_GPS_DATE), gps.get(_GPS_TIME)
    if not isinstance(time, Sequence):
        return ""
    try:
        hours, minutes, seconds = (int(float(part)) for part in time)
        return _stamp(f"{str(date).strip(chr(0))} {hours:02}:{minutes:02}:{seconds:02}")
    except (TypeError, ValueError, ArithmeticError):
        return ""


def _sealed(image: Image.Image, exif: Image.Exif, descriptor: int, coded: jpeg.Structure) -> Sealed:
    try:
        with decoding():
            every = {**exif, **directory(exif, ExifTags.IFD.Exif)}
        named = {ExifTags.TAGS.get(number, ""): value for number, value in every.items()}
        gps, xmp = directory(exif, ExifTags.IFD.GPSInfo), image.info.get("xmp") or image.info.get(_PNG_XMP, "")
        return of_photo(named, gps, xmp, _parts(image, exif, named, descriptor, coded.end))
    except Undecodable:
        return Sealed()  # a directory that can't be read says nothing; the picture may be sound


def _parts(
    image: Image.Image, exif: Image.Exif, named: Mapping[str, object], descriptor: int, end: int
) -> Iterator[Part]:
    notes = named.get("MakerNote")
    if isinstance(notes, bytes) and notes:
        yield _part("maker-note", notes)
    thumbnail, tiff = directory(exif, ExifTags.IFD.IFD1), (image.info.get("exif") or b"").removeprefix(_EXIF)
    start, length = (thumbnail.get(tag) for tag in (_THUMBNAIL_START, _THUMBNAIL_LENGTH))
    if isinstance(start, int) and isinstance(length, int) and tiff[start : start + length]:
        yield _part("thumbnail", tiff[start : start + length])
    if end and os.fstat(descriptor).st_size > end:
        # The rest may be a film of gigabytes: it is hashed in place.
        with mmap(descriptor, 0, access=ACCESS_READ) as data, memoryview(data) as whole, whole[end:] as rest:
            yield _part("trailing", rest)


def _part(kind: str, data: bytes | memoryview) -> Part:
    return Part(kind, len(data), sha256(data).hexdigest())


def _private(image: Image.Image, exif: Image.Exif) -> Iterator[Private]:
    """Yield the kinds of private data that the file carries; the data itself stays with the original."""
    if directory(exif, ExifTags.IFD.GPSInfo):
        yield "place"
    if {ExifTags.Base.Make, ExifTags.Base.Model} & set(exif):
        yield "device"
    if {ExifTags.Base.Artist, ExifTags.Base.Copyright} & set(exif):
        yield "owner"
    if "xmp" in image.info or "comment" in image.info:
        yield "notes"
