"""Find out a picture's colour space and convert it to sRGB, with Pillow's LittleCMS, inside a confined child."""

from __future__ import annotations

import io
from functools import cache
from typing import BinaryIO, Literal

from PIL import ExifTags, Image, ImageCms

from pipelines.domain.model import Colour
from pipelines.tools.bitstream import icc
from pipelines.tools.bitstream.cicp import box_colour, png_colour
from pipelines.tools.photo.decoding import decoding
from pipelines.tools.photo.tone import tone_mapped

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# An ICC header holds the time at which the profile was made (ICC.1, 7.2.8): fixed, or each run made other bytes.
_MADE_AT, _MADE = slice(24, 36), b"".join(number.to_bytes(2, "big") for number in (2026, 1, 1, 0, 0, 0))
SRGB_BYTES = SRGB.tobytes()[: _MADE_AT.start] + _MADE + SRGB.tobytes()[_MADE_AT.stop :]
_LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

_RELATIVE, _BLACK_POINT = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
_SAME = 2  # of 255; JPEG changes a colour by more
_STEPS = range(0, 256, 51)
BOXED = {"HEIF", "AVIF"}  # formats that consist of boxes (ISO/IEC 14496-12)
CODED = "coded colour"  # the key under which it is kept in a picture's `info`
_NAMED: dict[str, icc.Space] = {
    "bt2020": "bt2020",
    "smpte431": "p3",
    "smpte432": "p3",
    "smpte170m": "bt601-525",
    "bt470bg": "bt601-625",
}
_INTEROPERABILITY, _INDEX = 0xA005, 1


def space_of(image: Image.Image, exif: Image.Exif) -> bytes | Colour | None:
    """Return what to read the picture's numbers with: an ICC profile, or a coded colour of HDR.

    None for sRGB, also where the file says nothing. A PNG's coded colour counts before its profile (PNG, third edition,
    4.3); elsewhere the profile does: with a gain map, the coded colour may be that of the HDR rendition.
    """
    coded: Colour | None = image.info.get(CODED)
    is_hdr = coded is not None and coded.is_hdr
    named = _NAMED.get(coded.primaries) if coded else None
    embedded = image.info.get("icc_profile")
    if embedded and not (image.format == "PNG" and (named or is_hdr)):
        return None if _is_srgb(embedded, image.mode) else bytes(embedded)
    if is_hdr and image.mode in {"RGB", "RGBA"}:
        return coded
    if named is None and _says_adobe(exif):
        named = "adobe"
    return icc.profile(named) if named and image.mode in {"RGB", "RGBA"} else None


def colour_of(image: Image.Image, exif: Image.Exif) -> Literal["srgb", "hdr", "other", "unknown"]:
    """Classify the picture's colours; those of CMYK without a profile are unknown."""
    space = space_of(image, exif)
    if space:
        return "hdr" if isinstance(space, Colour) else "other"
    return "unknown" if image.mode == "CMYK" else "srgb"


def note_coded_colour(image: Image.Image, file: BinaryIO) -> Image.Image:
    """Return the picture with the coded colour of its file, if it has one, in its `info`."""
    before = file.tell()
    coded = png_colour(file) if image.format == "PNG" else box_colour(file) if image.format in BOXED else None
    file.seek(before)
    if coded:
        image.info[CODED] = coded
    return image


def _says_adobe(exif: Image.Exif) -> bool:
    """Tell whether EXIF names a DCF option file: a camera set to Adobe RGB, which embeds no profile (CIPA DC-009)."""
    with decoding():
        interoperability = exif.get_ifd(ExifTags.IFD.Interop)
    return str(interoperability.get(_INDEX, "")).startswith("R03")


@cache
def _is_srgb(profile: bytes, mode: str) -> bool:
    """Tell whether converting by this profile makes no difference.

    Many cameras write a profile of their own that is sRGB by another name.
    """
    if mode != "RGB":
        return False
    patches = Image.new("RGB", (len(_STEPS) ** 2, len(_STEPS)))
    patches.putdata([(r, g, b) for r in _STEPS for g in _STEPS for b in _STEPS])
    converted = _converted(patches, profile)
    if converted is None:
        return True
    pairs = zip(patches.tobytes(), converted.tobytes(), strict=True)
    return max(abs(before - after) for before, after in pairs) <= _SAME


def to_srgb(image: Image.Image, space: bytes | Colour | None) -> Image.Image:
    """Return the same colours in sRGB, in the picture's own memory where they fit; `image` must not be used again.

    A broken profile says nothing of the colours: the picture is converted without it.
    """
    if isinstance(space, Colour):
        return tone_mapped(image, space)
    if profile := space:
        converted = _converted(image, profile, in_place=image.mode == "RGB")
        if converted is not None:
            return converted
    if image.mode == "LAB":  # Pillow converts LAB only by LittleCMS
        return _converted(image, _LAB) or image.convert("L").convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _converted(image: Image.Image, profile: bytes, *, in_place: bool = False) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        new = ImageCms.profileToProfile(image, source, SRGB, _RELATIVE, "RGB", inPlace=in_place, flags=_BLACK_POINT)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return image if in_place else new
