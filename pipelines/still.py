"""Photos, inside the child: any picture → upright sRGB JPEG of the planned size, and thumbnails. By Pillow."""

from __future__ import annotations

import io
import os
from typing import Any

from PIL import Image, ImageCms, ImageOps
from pydantic import TypeAdapter

from pipelines.model import PhotoPlan, Refusal
from pipelines.probe_image import FORMATS  # and with it the HEIF opener and the pixel limit, set up once
from pipelines.probing import refuse
from pipelines.replies import REFUSAL

_PLAN: TypeAdapter[PhotoPlan] = TypeAdapter(PhotoPlan)
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def serve(request: dict[str, Any]) -> bytes:
    """`{"plan": …, "descriptor": fd}` → null, or the Refusal of a picture that breaks while it is decoded."""
    plan = _PLAN.validate_python(request["plan"])
    with os.fdopen(os.dup(request["descriptor"]), "rb") as file:
        file.seek(0)
        try:
            image = Image.open(file, formats=FORMATS)
            image.load()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a decoder raises, this picture is what it can't read
            return REFUSAL.dump_json(_refusal(error))
        _write(_upright_srgb(image), plan)
    return REFUSAL.dump_json(None)


def _refusal(error: Exception) -> Refusal:
    if "truncated" in str(error):
        return refuse("truncated", "中途", "完整图片")
    return refuse("unreadable", "图片数据有误")


def _upright_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    return _to_srgb(_flat(ImageOps.exif_transpose(image)), profile)


def _flat(image: Image.Image) -> Image.Image:
    """8 bits a channel, nothing transparent: what shows through becomes white."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value / 256).convert("L")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" in image.getbands():
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A broken profile says nothing of the colours; the picture is shown as it would be without one.
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


def _write(image: Image.Image, plan: PhotoPlan) -> None:
    """A new picture has no metadata to strip: nothing but pixels and the sRGB profile is written."""
    if image.size != (plan.width, plan.height):
        image = image.resize((plan.width, plan.height), Image.Resampling.LANCZOS)
    profile = _SRGB.tobytes()
    image.info.clear()
    for output in plan.outputs:
        size = (output.expect.width, output.expect.height)
        picture = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        picture.save(output.name, "JPEG", quality=plan.jpeg_quality, icc_profile=profile, exif=b"")
