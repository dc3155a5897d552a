"""Translate an :class:`Encoding` into the options of each ffmpeg encoder.

x264 is the reference: the others get its quality value on their own scale, the same bit rate cap and the same key
frames.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.domain.model import Encoding, Op

Options = dict[str, str]

_SOFTWARE = {"h264": "libx264"}
RENDER_NODE = "/dev/dri/renderD128"  # the first graphics card, for VA-API


def software(codec: str) -> str:
    """Return the encoder of this codec that works on every machine."""
    return _SOFTWARE[codec]


def hardware(codec: str, kind: str) -> str:
    """Return ffmpeg's name for the encoder of this codec on `kind` of hardware (nvenc, qsv, vaapi)."""
    return f"{codec}_{kind}"


def is_hardware(encoder: str) -> bool:
    """Tell whether the encoder needs hardware, which may be missing or fail where x264 would not."""
    return encoder.partition("_")[2] in _OPTIONS


def made_profile(profile: str) -> str:
    """Return the profile that encoders write when asked for `profile`.

    For Baseline that is Constrained Baseline: no encoder uses what only the full Baseline has.
    """
    return "constrained baseline" if profile == "baseline" else profile


def uploading(encoder: str) -> tuple[Op, ...]:
    """Return the filters that upload the frames: VA-API takes only frames on the card."""
    return (Op("format", (("pix_fmts", "nv12"),)), Op("hwupload")) if encoder.endswith("vaapi") else ()


def devices(encoder: str) -> tuple[str, ...]:
    """Return the ffmpeg arguments that come before the inputs and name the device."""
    return ("-vaapi_device", RENDER_NODE) if encoder.endswith("vaapi") else ()


def options(encoding: Encoding) -> Options:
    """Return ffmpeg's output options for the picture."""
    own = _OPTIONS.get(encoding.encoder.partition("_")[2], _x264)
    shared = {
        "c:v": encoding.encoder,
        "maxrate": str(encoding.max_bitrate),
        "bufsize": str(2 * encoding.max_bitrate),
        "profile:v": encoding.profile,
        "force_key_frames": f"expr:gte(t,n_forced*{encoding.gop})",
        "flags:v": "+bitexact+global_header",
    }
    return shared | own(encoding)


def _x264(encoding: Encoding) -> Options:
    return {
        "preset": encoding.preset,
        "crf": str(encoding.crf),
        "psy-rd": f"{encoding.psy}:0",
        "aq-strength": str(encoding.aq),
        "pix_fmt": encoding.pixel_format,
    }


def _nvenc(encoding: Encoding) -> Options:
    quality = {"rc": "vbr", "cq": str(encoding.crf), "b:v": "0", "preset": "p5"}
    return quality | {"forced-idr": "1", "strict_gop": "1", "pix_fmt": encoding.pixel_format}


def _qsv(encoding: Encoding) -> Options:
    return {"global_quality": str(encoding.crf), "preset": "slow", "forced_idr": "1", "pix_fmt": "nv12"}


def _vaapi(encoding: Encoding) -> Options:
    return {"rc_mode": "QVBR", "global_quality": str(encoding.crf), "b:v": str(encoding.max_bitrate // 2)}


_OPTIONS: dict[str, Callable[[Encoding], Options]] = {"nvenc": _nvenc, "qsv": _qsv, "vaapi": _vaapi}
