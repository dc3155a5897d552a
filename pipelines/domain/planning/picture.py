"""Plan the picture's filters: fields, dynamic range, size, surround, frame rate."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from pipelines.domain.model import Op, VideoFacts
from pipelines.domain.profiles import VideoProfile

_HD_LINES = 720  # from this height on, an untagged picture is BT.709
_WIDE = {"bt2020", "smpte431", "smpte432"}  # P3 and BT.2020; those of BT.601 differ from BT.709's by less than is seen
_BLUR_DOWN = 8  # the surround is blurred at an eighth of the size, which costs little
_BT709 = tuple((name, "bt709") for name in ("color_primaries", "color_trc", "colorspace"))


def nearest_rate(source: Fraction, rates: tuple[Fraction, ...]) -> Fraction:
    """Return the profile's rate that shows `source` (frames per second) with the least judder.

    The same rate (within 0.5 %) wins. Next comes the lowest rate that shows each frame equally often (10 → 30). The
    last choice is the nearest rate. A source above every rate gets the one that drops its frames most evenly.
    """
    near = [rate for rate in rates if abs(rate / source - 1) <= Fraction(1, 200)]
    if near:
        return min(near, key=lambda rate: abs(rate - source))
    if source > max(rates):
        # Every second, third … frame is shown. Of equally even rates the highest wins.
        return min(rates, key=lambda rate: (round(_unevenness(source, rate), 2), -rate))
    even = [rate for rate in rates if rate > source and _unevenness(rate, source) <= Fraction(1, 100)]
    if even:
        return min(even, key=lambda rate: (_unevenness(rate, source), rate))
    return min(rates, key=lambda rate: abs(rate - source))


def _unevenness(rate: Fraction, source: Fraction) -> Fraction:
    """Return how far `rate` is from a whole multiple of `source`, as a part of `source`."""
    times = rate / source
    return abs(times - round(times))


def shown_rate(facts: VideoFacts, profile: VideoProfile) -> Fraction:
    """Return the pictures per second after deinterlacing: 50 fields make 25 or 50, as the profile says."""
    doubled = facts.geometry.fields != "progressive" and profile.field_rate == "field"
    return facts.timing.frame_rate * 2 if doubled else facts.timing.frame_rate


def is_hdr(facts: VideoFacts) -> bool:
    """Tell whether the stream's transfer tag is PQ (SMPTE ST 2084) or HLG (ARIB STD-B67)."""
    return facts.colour.is_hdr


def is_converted(facts: VideoFacts) -> bool:
    """Tell whether the colours need more than another matrix and range: HDR, or primaries far wider than BT.709's."""
    return is_hdr(facts) or facts.colour.primaries in _WIDE


def plan_shared(facts: VideoFacts, profile: VideoProfile, rate: Fraction) -> tuple[Op, ...]:
    """Return the filters that the master and the analysis share, so that they run once."""
    shown = shown_rate(facts, profile)
    reduced = fps(rate, shown, facts.timing.frames) if shown > rate else ()
    return (*_on_time(facts), *_deinterlace(facts, profile), *_crop(facts), *_colours(facts, profile), *reduced)


def _on_time(facts: VideoFacts) -> tuple[Op, ...]:
    """Return the shift of a picture that begins before libavformat's zero."""
    early = facts.timing.early
    return (Op("setpts", (("expr", f"PTS+({early})/TB"),)),) if early else ()


def _deinterlace(facts: VideoFacts, profile: VideoProfile) -> tuple[Op, ...]:
    if facts.geometry.fields == "progressive":
        return ()
    return (Op("bwdif", (("mode", f"send_{profile.field_rate}"), ("parity", facts.geometry.fields), ("deint", "all"))),)


def _crop(facts: VideoFacts) -> tuple[Op, ...]:
    """Return the crop to the clean aperture. It follows deinterlacing: one line less above would swap the fields."""
    if facts.geometry.crop is None:
        return ()
    return (Op("crop", (("w", str(facts.geometry.crop[0])), ("h", str(facts.geometry.crop[1])))),)


def _colours(facts: VideoFacts, profile: VideoProfile) -> tuple[Op, ...]:
    """Return the conversion to BT.709, at the master's size: a 4K picture has four times its pixels."""
    if not is_converted(facts):
        return ()
    width, height = fit(facts.width, facts.height, (profile.width, profile.height))
    size = (("width", str(width)), ("height", str(height)))
    return _tone_map(facts, size) if is_hdr(facts) else _gamut_map(facts, size)


def _gamut_map(facts: VideoFacts, size: tuple[tuple[str, str], ...]) -> tuple[Op, ...]:
    """Return the conversion of a wide gamut with an SDR transfer; what BT.709 can't show is clipped."""
    tagged = (("transferin", "bt709"), *_tagged(facts))
    wanted = (("transfer", "bt709"), ("primaries", "bt709"), ("matrix", "bt709"), ("range", "limited"))
    return (Op("zscale", (*size, *tagged, *wanted)), Op("format", (("pix_fmts", "yuv420p"),)))


def _tagged(facts: VideoFacts) -> tuple[tuple[str, str], ...]:
    """Return zscale's options for the input's primaries, matrix and, where it is full, range."""
    primaries = facts.colour.primaries or "bt2020"
    matrix = facts.colour.matrix or ("bt2020nc" if primaries == "bt2020" else "bt709")
    named = (("primariesin", primaries), ("matrixin", matrix))
    return (*named, ("rangein", "full")) if facts.colour.full_range else named


def _tone_map(facts: VideoFacts, size: tuple[tuple[str, str], ...]) -> tuple[Op, ...]:
    tagged = (("transferin", facts.colour.transfer), *_tagged(facts))
    linear = (*size, *tagged, ("transfer", "linear"), ("npl", "203"))
    return (
        Op("zscale", linear),
        Op("format", (("pix_fmts", "gbrpf32le"),)),
        Op("zscale", (("primaries", "bt709"),)),
        Op("tonemap", (("tonemap", "mobius"), ("desat", "0"))),
        Op("zscale", (("transfer", "bt709"), ("matrix", "bt709"), ("range", "limited"))),
        Op("format", (("pix_fmts", "yuv420p"),)),
    )


def fps(rate: Fraction, shown: Fraction, frames: int) -> tuple[Op, ...]:
    """Return the filter that makes the frame rate constant, from time 0 on; `shown`: the rate before.

    A last frame that is shown for less than half an output frame would be dropped, and the one before it held: there is
    none where the film has one of its `frames` alone.
    """
    last = () if rate == shown and frames > 1 else (("eof_action", "pass"),)
    return (Op("fps", (("fps", str(rate)), ("start_time", "0"), *last)),)


def fit(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size in pixels of this shape inside `box`, with even sides."""
    scale = min(Fraction(box[0], width), Fraction(box[1], height))
    fitted = [max(2, min(side, round(full * scale / 2) * 2)) for full, side in zip((width, height), box, strict=True)]
    return fitted[0], fitted[1]


def plan_picture(facts: VideoFacts, profile: VideoProfile) -> tuple[Op, ...]:
    """Return the filters to the master's size, colours and square pixels, and to black bars if the profile has them."""
    width, height = fit(facts.width, facts.height, (profile.width, profile.height))
    size = (("w", str(width)), ("h", str(height)), ("flags", "bicubic"))
    scale = (*size, *colours_in(facts), ("out_color_matrix", "bt709"), ("out_range", "limited"))
    # Encoder options don't override a frame's own tags, so the tags are set on the frames.
    ops = (
        *(() if _is_as_wanted(facts, profile) else (Op("scale", scale),)),
        Op("format", (("pix_fmts", profile.pixel_format),)),
        Op("setsar", (("sar", "1"),)),
        Op("setparams", (*_BT709, ("range", "limited"))),
    )
    bars = (width, height) != (profile.width, profile.height) and profile.surround == "black"
    return (*ops, _pad(width, height, profile)) if bars else ops


def colours_in(facts: VideoFacts) -> tuple[tuple[str, str], ...]:
    """Return the scaler's options for the input's matrix and range: for an untagged picture its own guess differs."""
    full = facts.colour.full_range and not is_converted(facts)
    return (("in_color_matrix", _matrix(facts)), ("in_range", "full" if full else "limited"))


def _is_as_wanted(facts: VideoFacts, profile: VideoProfile) -> bool:
    """Tell whether scaling would only copy every frame, which costs a hundredth of the job."""
    sized = (facts.width, facts.height) == (profile.width, profile.height) and facts.geometry.square_pixels
    coloured = _matrix(facts) == "bt709" and not facts.colour.full_range and not is_converted(facts)
    return sized and coloured and facts.coding.pixel_format == profile.pixel_format


def plan_surround(facts: VideoFacts, profile: VideoProfile) -> tuple[Op, ...]:
    """Return the filters for the surround: the same picture enlarged over the whole frame, blurred and darkened.

    Return none where the picture fills the frame, or the profile has another surround.
    """
    size = (profile.width, profile.height)
    if profile.surround != "blur" or fit(facts.width, facts.height, size) == size:
        return ()
    small = (str(profile.width // _BLUR_DOWN // 2 * 2), str(profile.height // _BLUR_DOWN // 2 * 2))
    filled = (("w", small[0]), ("h", small[1]), ("force_original_aspect_ratio", "increase"), ("flags", "area"))
    return (
        Op("scale", filled),
        Op("crop", (("w", small[0]), ("h", small[1]))),
        Op("gblur", (("sigma", "6"),)),
        Op("eq", (("brightness", "-0.12"), ("saturation", "0.8"))),
        Op("scale", (("w", str(profile.width)), ("h", str(profile.height)), ("flags", "bilinear"))),
        Op("setsar", (("sar", "1"),)),
    )


def is_rescued(facts: VideoFacts, profile: VideoProfile) -> bool:
    """Tell whether damage is reported and not refused: by the profile, or in a recording that was switched off.

    The last picture of such a recording is never whole.
    """
    return profile.rescue or facts.is_broken_off


def plan_fitted(facts: VideoFacts, profile: VideoProfile, rate: Fraction, frames: int) -> tuple[Op, ...]:
    """Return the filters from the framed picture to exactly `frames` frames at exactly `rate` per second."""
    shown = shown_rate(facts, profile)
    made_constant = () if shown > rate else fps(rate, shown, facts.timing.frames)
    return (*made_constant, *_hold(facts, rate, frames, endless=is_rescued(facts, profile)))


def _pad(width: int, height: int, profile: VideoProfile) -> Op:
    left, top = (profile.width - width) // 4 * 2, (profile.height - height) // 4 * 2
    sizes = (("w", profile.width), ("h", profile.height), ("x", left), ("y", top))
    return Op("pad", (*((name, str(value)) for name, value in sizes), ("color", "black")))


def _matrix(facts: VideoFacts) -> str:
    """Return the matrix of the shared picture.

    It is BT.709 after a conversion of the colours, else the stream's own tag, else the one its size implies (BT.601
    below HD).
    """
    if is_converted(facts) or facts.colour.matrix == "bt709":
        return "bt709"
    if facts.colour.matrix in {"smpte170m", "bt470bg"}:
        return "bt601"
    if facts.colour.matrix.startswith("bt2020"):
        return "bt2020"
    return "bt709" if min(facts.width, facts.height) >= _HD_LINES else "bt601"


def _hold(facts: VideoFacts, rate: Fraction, frames: int, *, endless: bool) -> tuple[Op, ...]:
    """Return the filters that hold the last frame while the sound goes on, so that no speech is cut off.

    The hold is no longer than the time known to be missing and the last frame's own duration: a freeze must not hide a
    decoder that returned too few frames. `endless`: as long as needed, for rescued files.
    """
    timing = facts.timing
    missing = -1 if endless else ceil((timing.duration - timing.end + 1 / timing.frame_rate) * rate) + 1
    hold = Op("tpad", (("stop_mode", "clone"), ("stop", str(missing))))
    return (hold, Op("trim", (("end_frame", str(frames)),)))
