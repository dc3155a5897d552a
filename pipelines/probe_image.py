"""Inside the child: a picture → ImageFacts, by Pillow and pillow-heif."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from pipelines.model import ImageFacts, Private, Refusal
from pipelines.probing import refuse
from pipelines.sealed import Sealed, of_photo

pillow_heif.register_heif_opener()
Image.init()
# Opening reads only the header; the campaign's own pixel limit refuses before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "HEIF", "AVIF", "WEBP", "TIFF", "BMP", "GIF")
_TURNED = range(5, 9)  # EXIF orientations that swap width and height


def read(descriptor: int, keep: Callable[[Sealed], None], *, whole: bool = False) -> ImageFacts | Refusal:
    """Header facts, size upright. With `whole` every pixel is decoded too, and a broken one is a refusal.

    `keep` gets what it says of people and places.
    """
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        try:
            with Image.open(file, formats=FORMATS) as image:
                if whole:
                    image.load()
                keep(_sealed(image.getexif()))
                return _facts(image)
        except UnidentifiedImageError:
            return refuse("unreadable", "图片头无法识别")
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever a decoder raises, this picture is what it can't read
            return refuse("unreadable", "图片数据有误")


def _facts(image: Image.Image) -> ImageFacts:
    exif = image.getexif()
    turned = exif.get(ExifTags.Base.Orientation, 1)
    orientation = turned if isinstance(turned, int) and turned > 0 else 1
    width, height = reversed(image.size) if orientation in _TURNED else image.size
    return ImageFacts(
        kind="photo",
        format=(image.format or "").lower().replace("mpo", "jpeg"),
        width=width,
        height=height,
        orientation=orientation,
        mode=image.mode,
        frames=getattr(image, "n_frames", 1) if image.format in {"GIF", "WEBP", "PNG"} else 1,
        private=tuple(_private(image, exif)),
    )


def _sealed(exif: Image.Exif) -> Sealed:
    try:
        every = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        return of_photo({ExifTags.TAGS.get(number, ""): value for number, value in every.items()}, gps)
    except Exception:  # noqa: BLE001 - a directory that can't be read says nothing; the picture may be sound
        return Sealed()


def _private(image: Image.Image, exif: Image.Exif) -> Iterator[Private]:
    """Which kinds of private data the file carries; the data itself stays with the original."""
    if exif.get_ifd(ExifTags.IFD.GPSInfo):
        yield "place"
    if {ExifTags.Base.Make, ExifTags.Base.Model} & set(exif):
        yield "device"
    if {ExifTags.Base.Artist, ExifTags.Base.Copyright} & set(exif):
        yield "owner"
    if "xmp" in image.info or "comment" in image.info:
        yield "notes"
