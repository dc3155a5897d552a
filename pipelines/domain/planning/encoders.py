"""How each encoder of ffmpeg is told what an :class:`Encoding` asks of it. Pure.

x264 is the measure: the others get its quality on their own scale, the same cap and the same key frames.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.domain.model import Encoding, Op

Options = dict[str, str]

_SOFTWARE = {"h264": "libx264"}
RENDER_NODE = "/dev/dri/renderD128"  # where VA-API finds the first graphics card


def software(codec: str) -> str:
    """The encoder of this codec that works on every machine."""
    return _SOFTWARE[codec]


def hardware(codec: str, kind: str) -> str:
    """The encoder of this codec on `kind` (nvenc, qsv, vaapi), as ffmpeg names it."""
    return f"{codec}_{kind}"


def is_hardware(encoder: str) -> bool:
    """True for what may be missing, or break, where x264 would not."""
    return encoder.partition("_")[2] in _OPTIONS


def made_profile(profile: str) -> str:
    """What an encoder that was asked for this profile makes: none makes what only the full Baseline has."""
    return "constrained baseline" if profile == "baseline" else profile


def uploading(encoder: str) -> tuple[Op, ...]:
    """What carries the frames to the encoder: VA-API takes them on the card alone."""
    return (Op("format", (("pix_fmts", "nv12"),)), Op("hwupload")) if encoder.endswith("vaapi") else ()


def devices(encoder: str) -> tuple[str, ...]:
    """Arguments before the inputs."""
    return ("-vaapi_device", RENDER_NODE) if encoder.endswith("vaapi") else ()


def options(encoding: Encoding) -> Options:
    """Output options of the picture."""
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
