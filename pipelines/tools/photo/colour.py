"""Find out a picture's colour space and convert it to sRGB, with Pillow's LittleCMS, inside a confined child."""

from __future__ import annotations

import io
from functools import cache
from typing import Literal

from PIL import ExifTags, Image, ImageCms

from pipelines.tools.bitstream import icc
from pipelines.tools.photo.decoding import decoding

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# An ICC header holds the time at which the profile was made (ICC.1, 7.2.8): fixed, or each run made other bytes.
_MADE_AT, _MADE = slice(24, 36), b"".join(number.to_bytes(2, "big") for number in (2026, 1, 1, 0, 0, 0))
SRGB_BYTES = SRGB.tobytes()[: _MADE_AT.start] + _MADE + SRGB.tobytes()[_MADE_AT.stop :]
_LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

_RELATIVE, _BLACK_POINT = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
_SAME = 2  # of 255; JPEG changes a colour by more
_STEPS = range(0, 256, 51)
# ISO/IEC 23091-2 (CICP), table 2: primaries that a HEIF or AVIF names in its nclx box.
_NAMED: dict[int, icc.Space] = {9: "bt2020", 11: "p3", 12: "p3"}
_INTEROPERABILITY, _INDEX = 0xA005, 1


def profile_of(image: Image.Image, exif: Image.Exif) -> bytes | None:
    """Return the ICC profile to read the picture's numbers with; None for sRGB, also where the file says nothing."""
    embedded = image.info.get("icc_profile")
    if embedded:
        return None if _is_srgb(embedded, image.mode) else bytes(embedded)
    space = _NAMED.get((image.info.get("nclx_profile") or {}).get("color_primaries", 1))
    if space is None and _says_adobe(exif):
        space = "adobe"
    return icc.profile(space) if space and image.mode == "RGB" else None


def colour_of(image: Image.Image, exif: Image.Exif) -> Literal["srgb", "other", "unknown"]:
    """Classify the picture's colours; those of CMYK without a profile are unknown."""
    if profile_of(image, exif):
        return "other"
    return "unknown" if image.mode == "CMYK" else "srgb"


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


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the same colours in sRGB, in the picture's own memory where they fit; `image` must not be used again.

    A broken profile says nothing of the colours: the picture is converted without it.
    """
    if profile:
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
