"""Facts and rules become a plan, which is only data. Pure: no file, no clock, no process.

The plan decides everything that a rendering could decide: `footage plan FILE` prints it, unit tests compare it.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

from pipelines import encoders
from pipelines.campaign import Programme
from pipelines.copying import against_copying_picture, against_copying_sound
from pipelines.model import Copied, Editing, Encoding, Expectation, Op, Output, Sampling, VideoFacts, VideoPlan
from pipelines.picture_planning import (
    colours_in,
    fit,
    nearest_rate,
    plan_fitted,
    plan_picture,
    plan_shared,
    plan_surround,
    shown_rate,
)
from pipelines.profiles import Coding, VideoProfile
from pipelines.sound_planning import expected_loudness, gain, level_of, plan_sound, taken_off

Tools = tuple[tuple[str, str], ...]

# What analysis sees: large enough for sharpness and shots, a thirty-sixth of the pixels of a full frame.
_ANALYSIS_BOX = (320, 180)
_ANALYSIS_RATE = Fraction(5)
TINY = (64, 36)  # of every frame, for its shots
_ENOUGH = 30  # frames a second; of more, every second or third is enough to see a cut
_SHORT = 5  # seconds; below this every frame is analysed, or there would be too few to choose stills from
_TOLERANCE = Fraction(1, 20)  # 50 ms, or one frame if longer: how far a master may be from its original
_CLIPPED = 3  # copies of a stretch that clips may take, at most, of the master's size
_SCRATCH_BASE = 64 << 20
_BT709 = "bt709/bt709/bt709/limited"


def plan_video(
    facts: VideoFacts, profile: VideoProfile, programme: Programme, tools: Tools, hardware: tuple[str, ...] = ()
) -> VideoPlan:
    """The one way this video will be made under this profile and programme. `hardware`: what works on this machine."""
    against_picture = tuple(against_copying_picture(facts, profile))
    if not against_picture:
        return _copied(facts, profile, programme, tools)
    rate = nearest_rate(shown_rate(facts, profile), profile.frame_rates)
    frames = max(1, round(facts.duration * rate))
    duration = frames / rate
    sampling = _sampling(facts, rate)
    encoder = _encoder(profile, hardware)
    return VideoPlan(
        kind="video",
        video_stream=facts.index,
        audio_stream=facts.audio.index if facts.audio else None,
        max_pixels=profile.max_pixels,
        copied=(),
        shared=plan_shared(facts, profile, rate),
        picture=plan_picture(facts, profile),
        surround=plan_surround(facts, profile),
        fitted=(*plan_fitted(facts, profile, rate, frames), *encoders.uploading(encoder)),
        analysis=(_sampled(sampling.rate), *_shrink(facts, sampling)),
        shots=(_sampled(sampling.shots), *_tiny(facts)),
        sound=plan_sound(facts.audio, profile, duration),
        sampling=sampling,
        encoding=encoding_of(profile, rate, encoder),
        editing=_editing(profile, programme),
        master=Output("master.mp4", "master", "video/mp4", _expect_master(facts, profile, rate, frames)),
        frames=frames,
        duration=duration,
        scratch=_scratch(profile, duration),
        rescue=profile.rescue,
        gate=profile.gate,
        why=("画面重新编码：" + "；".join(against_picture), _why_sound(facts, profile, copied=False)),
        tools=tools,
    )


def _copied(facts: VideoFacts, profile: VideoProfile, programme: Programme, tools: Tools) -> VideoPlan:
    """The picture taken over packet by packet; the sound too, where it also is what is asked."""
    against_sound = tuple(against_copying_sound(facts, profile))
    copied: tuple[Copied, ...] = ("picture",) if against_sound else ("picture", "sound")
    sampling = _sampling(facts, facts.frame_rate)
    expect = _expect_copy(facts, profile)
    return VideoPlan(
        kind="video",
        video_stream=facts.index,
        audio_stream=facts.audio.index if facts.audio else None,
        max_pixels=profile.max_pixels,
        copied=copied,
        shared=(),
        picture=(),
        surround=(),
        fitted=(),
        analysis=(_sampled(sampling.rate), *_shrink(facts, sampling)),
        shots=(_sampled(sampling.shots), *_tiny(facts)),
        sound=plan_sound(facts.audio, profile, facts.end) if against_sound else (),
        sampling=sampling,
        encoding=encoding_of(profile, facts.frame_rate, "copy"),
        editing=_editing(profile, programme),
        master=Output("master.mp4", "master", "video/mp4", expect),
        frames=facts.frames,
        duration=facts.frames / facts.frame_rate,
        scratch=_SCRATCH_BASE + ceil(facts.end * (facts.bit_rate + profile.audio_bitrate) / 8 * (1 + _CLIPPED)),
        rescue=profile.rescue,
        gate=profile.gate,
        why=("画面已符合要求，原样复制", _why_sound(facts, profile, copied=not against_sound, against=against_sound)),
        tools=tools,
    )


def _why_sound(facts: VideoFacts, profile: VideoProfile, *, copied: bool, against: tuple[str, ...] = ()) -> str:
    if facts.audio is None:
        return "声音：原片没有，配静音"
    measured = level_of(facts.audio)
    change = gain(measured, profile)
    level = f"原响度 {measured.integrated} LKFS，调整 {change:+.1f} dB" if measured else "响度未测"
    how = "原样复制" if copied else "重新编码"
    return f"声音{how}：{level}" + (f"（{'；'.join(against)}）" if against else "")


def _scratch(profile: VideoProfile, duration: Fraction) -> int:
    """Bytes: the encoder's cap bounds the master, its faststart rewriting and the clips copied from it."""
    return _SCRATCH_BASE + ceil(duration * Fraction(profile.max_bitrate + profile.audio_bitrate, 8) * 2)


def _sampled(rate: Fraction) -> Op:
    """Rounded up, sample `i` is the frame shown at `i / rate`; to the nearest, one from up to 0.1 s later."""
    return Op("fps", (("fps", str(rate)), ("start_time", "0"), ("round", "up")))


def _sampling(facts: VideoFacts, rate: Fraction) -> Sampling:
    width, height = fit(facts.width, facts.height, _ANALYSIS_BOX)
    return Sampling(rate if facts.duration < _SHORT else _ANALYSIS_RATE, width, height, rate / ceil(rate / _ENOUGH))


def _shrink(facts: VideoFacts, sampling: Sampling) -> tuple[Op, ...]:
    size = (("w", str(sampling.width)), ("h", str(sampling.height)), ("flags", "area"))
    return (Op("scale", (*size, *colours_in(facts))), Op("format", (("pix_fmts", "bgr24"),)))


def _tiny(facts: VideoFacts) -> tuple[Op, ...]:
    """Whatever its shape: it is compared with its neighbours alone."""
    size = (("w", str(TINY[0])), ("h", str(TINY[1])), ("flags", "fast_bilinear"))
    return (Op("scale", (*size, *colours_in(facts))), Op("format", (("pix_fmts", "bgr24"),)))


def _encoder(profile: VideoProfile, hardware: tuple[str, ...]) -> str:
    """The first that the profile names and this machine has; else the one every machine has."""
    named = (encoders.hardware(profile.codec, kind) for kind in profile.hardware if kind in hardware)
    return next(named, encoders.software(profile.codec))


def encoding_of(profile: Coding, rate: Fraction, encoder: str) -> Encoding:
    """What the profile asks of this encoder."""
    return Encoding(
        codec=profile.codec,
        encoder=encoder,
        profile=profile.profile,
        preset=profile.preset,
        crf=profile.crf,
        psy=profile.psy,
        aq=profile.aq,
        max_bitrate=profile.max_bitrate,
        level=profile.level,
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
        reel_seconds=programme.reel.seconds if programme.reel else 0,
        reel_piece=programme.reel.piece_seconds if programme.reel else 0,
        loudness=profile.loudness,
        stills=profile.stills,
        weights=tuple(sorted(programme.weights.model_dump().items())),
        thumbnail_widths=profile.thumbnail_widths,
        storyboard_columns=profile.storyboard_columns,
        storyboard_tiles=profile.storyboard_tiles,
        tile_width=profile.tile_width,
        jpeg_quality=profile.jpeg_quality,
    )


def _expect_master(facts: VideoFacts, profile: VideoProfile, rate: Fraction, frames: int) -> Expectation:
    level = level_of(facts.audio)
    loudness = expected_loudness(level, profile)
    return Expectation(
        width=profile.width,
        height=profile.height,
        codec=profile.codec,
        profile=encoders.made_profile(profile.profile),
        pixel_format=profile.pixel_format,
        frame_rate=rate,
        frames=frames,
        duration=frames / rate,
        tolerance=max(1 / rate, _TOLERANCE),
        audio_codec=profile.audio_codec,
        sample_rate=profile.sample_rate,
        channels=profile.channels,
        faststart=True,
        level=profile.level,
        colour=_BT709,
        loudness=loudness,
        quieter=taken_off(level, profile),
        peak=None if loudness is None else profile.true_peak,
    )


def _expect_copy(facts: VideoFacts, profile: VideoProfile) -> Expectation:
    """What is copied keeps its own profile and tags, which are within what the campaign asks, and its own length."""
    made = _expect_master(facts, profile, facts.frame_rate, facts.frames)
    return replace(made, profile=facts.profile, colour="", duration=facts.end - facts.start)
