"""Facts and rules become a plan, which is only data. Pure: no file, no clock, no process.

The plan decides everything that a rendering could decide: `footage plan FILE` prints it, unit tests compare it.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from pipelines.campaign import Programme
from pipelines.model import (
    Editing,
    Encoding,
    Expectation,
    Op,
    Output,
    Sampling,
    VideoFacts,
    VideoPlan,
)
from pipelines.profiles import VideoProfile

Tools = tuple[tuple[str, str], ...]

# What analysis sees: large enough for sharpness and shots, a thirty-sixth of the pixels of a full frame.
_ANALYSIS_BOX = (320, 180)
_ANALYSIS_RATE = Fraction(5)
_SHORT = 5  # seconds; below this every frame is analysed, or there would be too few to choose stills from
_TOLERANCE = Fraction(1, 20)  # 50 ms, or one frame if longer: how far a master may be from its original
_SCRATCH_PER_SECOND = 2_500_000  # bytes; a busy 1080p60 master at CRF 20 stays well under 20 Mbit/s
_SCRATCH_BASE = 64 << 20


def plan_video(facts: VideoFacts, profile: VideoProfile, programme: Programme, tools: Tools) -> VideoPlan:
    """The one way this video will be made under this profile and programme."""
    rate = nearest_rate(facts.frame_rate, profile.frame_rates)
    frames = max(1, round(facts.duration * rate))
    duration = frames / rate
    sampling = _sampling(facts, rate)
    reduces = facts.frame_rate > rate
    return VideoPlan(
        kind="video",
        video_stream=facts.index,
        audio_stream=facts.audio.index if facts.audio else None,
        max_pixels=profile.max_pixels,
        shared=(*_deinterlace(facts), *_tone_map(facts), *(_fps(rate) if reduces else ())),
        picture=(*_fit(facts, profile), *(() if reduces else _fps(rate)), *_hold(facts, rate, frames)),
        analysis=(_sampled(sampling.rate), *_shrink(sampling)),
        sound=_sound(profile, duration, silent=facts.audio is None),
        sampling=sampling,
        encoding=_encoding(profile, rate),
        editing=_editing(profile, programme),
        master=Output("master.mp4", "master", "video/mp4", _expect_master(profile, rate, frames)),
        frames=frames,
        duration=duration,
        scratch=_SCRATCH_BASE + ceil(duration * _SCRATCH_PER_SECOND),
        tools=tools,
    )


def nearest_rate(source: Fraction, rates: tuple[Fraction, ...]) -> Fraction:
    """The profile's rate that shows `source` with the least judder.

    The same rate (within 0.5 %) wins; then the lowest that shows each frame equally often (10 → 30); then the
    nearest.
    """
    near = [rate for rate in rates if abs(rate / source - 1) <= Fraction(1, 200)]
    if near:
        return min(near, key=lambda rate: abs(rate - source))
    if source > max(rates):
        # Every second, third … frame is shown: the highest rate that drops them evenly.
        return min(rates, key=lambda rate: (round(_unevenness(source, rate), 2), -rate))
    even = [rate for rate in rates if rate > source and _unevenness(rate, source) <= Fraction(1, 100)]
    if even:
        return min(even, key=lambda rate: (_unevenness(rate, source), rate))
    return min(rates, key=lambda rate: abs(rate - source))


def _unevenness(rate: Fraction, source: Fraction) -> Fraction:
    """How far `rate` is from a whole multiple of `source`."""
    times = rate / source
    return abs(times - round(times))


def is_hdr(facts: VideoFacts) -> bool:
    """PQ (SMPTE ST 2084) or HLG (ARIB STD-B67), by the transfer the stream is tagged with."""
    return facts.transfer in {"smpte2084", "arib-std-b67"}


def _deinterlace(facts: VideoFacts) -> tuple[Op, ...]:
    return (Op("bwdif", (("mode", "send_frame"), ("deint", "all"))),) if facts.interlaced else ()


def _tone_map(facts: VideoFacts) -> tuple[Op, ...]:
    if not is_hdr(facts):
        return ()
    return (
        Op("zscale", (("transfer", "linear"), ("npl", "100"))),
        Op("format", (("pix_fmts", "gbrpf32le"),)),
        Op("zscale", (("primaries", "bt709"),)),
        Op("tonemap", (("tonemap", "hable"), ("desat", "0"))),
        Op("zscale", (("transfer", "bt709"), ("matrix", "bt709"), ("range", "limited"))),
        Op("format", (("pix_fmts", "yuv420p"),)),
    )


def _fps(rate: Fraction) -> tuple[Op, ...]:
    return (Op("fps", (("fps", str(rate)), ("start_time", "0"))),)


def _sampled(rate: Fraction) -> Op:
    """Rounded up, sample `i` is the frame shown at `i / rate`; to the nearest, one from up to 0.1 s later."""
    return Op("fps", (("fps", str(rate)), ("start_time", "0"), ("round", "up")))


def fit(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest even size of this shape inside `box`."""
    scale = min(Fraction(box[0], width), Fraction(box[1], height))
    return tuple(
        max(2, min(side, round(full * scale / 2) * 2)) for full, side in zip((width, height), box, strict=True)
    )  # type: ignore[return-value]


def _fit(facts: VideoFacts, profile: VideoProfile) -> tuple[Op, ...]:
    width, height = fit(facts.width, facts.height, (profile.width, profile.height))
    scale = Op(
        "scale",
        (
            ("w", str(width)),
            ("h", str(height)),
            ("flags", "bicubic"),
            ("in_color_matrix", _matrix(facts)),
            ("out_color_matrix", "bt709"),
            ("in_range", "full" if facts.full_range and not is_hdr(facts) else "limited"),
            ("out_range", "limited"),
        ),
    )
    # Encoder options don't override what a frame says of itself: the tags are set on the frames.
    tags = tuple((name, "bt709") for name in ("color_primaries", "color_trc", "colorspace"))
    ops = (
        scale,
        Op("format", (("pix_fmts", profile.pixel_format),)),
        Op("setsar", (("sar", "1"),)),
        Op("setparams", (*tags, ("range", "limited"))),
    )
    return ops if (width, height) == (profile.width, profile.height) else (*ops, _pad(width, height, profile))


def _pad(width: int, height: int, profile: VideoProfile) -> Op:
    left, top = (profile.width - width) // 4 * 2, (profile.height - height) // 4 * 2
    sizes = (("w", profile.width), ("h", profile.height), ("x", left), ("y", top))
    return Op("pad", (*((name, str(value)) for name, value in sizes), ("color", "black")))


def _matrix(facts: VideoFacts) -> str:
    """The stream's own matrix; where it has none, the one its size implies (BT.601 below HD)."""
    if is_hdr(facts) or facts.matrix == "bt709":
        return "bt709"
    if facts.matrix in {"smpte170m", "bt470bg"}:
        return "bt601"
    if facts.matrix.startswith("bt2020"):
        return "bt2020"
    return "bt709" if min(facts.width, facts.height) >= _HD_LINES else "bt601"


_HD_LINES = 720


def _hold(facts: VideoFacts, rate: Fraction, frames: int) -> tuple[Op, ...]:
    """Sound that goes on after the picture keeps its last frame standing: nothing said is cut off."""
    missing = ceil((facts.duration - facts.end) * rate) + 1
    hold = Op("tpad", (("stop_mode", "clone"), ("stop", str(missing))))
    return (hold, Op("trim", (("end_frame", str(frames)),)))


def _sampling(facts: VideoFacts, rate: Fraction) -> Sampling:
    width, height = fit(facts.width, facts.height, _ANALYSIS_BOX)
    return Sampling(rate if facts.duration < _SHORT else _ANALYSIS_RATE, width, height)


def _shrink(sampling: Sampling) -> tuple[Op, ...]:
    scale = Op("scale", (("w", str(sampling.width)), ("h", str(sampling.height)), ("flags", "area")))
    return (scale, Op("format", (("pix_fmts", "bgr24"),)))


def _sound(profile: VideoProfile, duration: Fraction, *, silent: bool) -> tuple[Op, ...]:
    layout = {1: "mono", 2: "stereo"}[profile.channels]
    samples = str(round(duration * profile.sample_rate))
    end = Op("atrim", (("end_sample", samples),))
    if silent:
        return (Op("anullsrc", (("r", str(profile.sample_rate)), ("cl", layout))), end)
    resample = (("out_sample_rate", str(profile.sample_rate)), ("async", "1"), ("first_pts", "0"))
    shape = Op("aformat", (("sample_fmts", "fltp"), ("channel_layouts", layout)))
    return (Op("aresample", resample), shape, Op("apad", (("whole_len", samples),)), end)


def _encoding(profile: VideoProfile, rate: Fraction) -> Encoding:
    return Encoding(
        codec=profile.codec,
        profile=profile.profile,
        preset=profile.preset,
        crf=profile.crf,
        pixel_format=profile.pixel_format,
        frame_rate=rate,
        gop=profile.gop_seconds,
        audio_codec=profile.audio_codec,
        audio_bitrate=profile.audio_bitrate,
        sample_rate=profile.sample_rate,
        channels=profile.channels,
    )


def _editing(profile: VideoProfile, programme: Programme) -> Editing:
    return Editing(
        clips=programme.clips.count,
        clip_min=programme.clips.min_seconds,
        clip_max=programme.clips.max_seconds,
        stills=profile.stills,
        weights=tuple(sorted(programme.weights.model_dump().items())),
        thumbnail_widths=profile.thumbnail_widths,
        storyboard_columns=profile.storyboard_columns,
        storyboard_tiles=profile.storyboard_tiles,
        tile_width=profile.tile_width,
        jpeg_quality=profile.jpeg_quality,
    )


def _expect_master(profile: VideoProfile, rate: Fraction, frames: int) -> Expectation:
    return Expectation(
        width=profile.width,
        height=profile.height,
        codec=profile.codec,
        profile=profile.profile,
        pixel_format=profile.pixel_format,
        frame_rate=rate,
        frames=frames,
        duration=frames / rate,
        tolerance=max(1 / rate, _TOLERANCE),
        audio_codec=profile.audio_codec,
        sample_rate=profile.sample_rate,
        channels=profile.channels,
        faststart=True,
    )
