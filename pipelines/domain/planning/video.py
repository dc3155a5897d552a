"""Plan how a video will be made, from its facts, its profile and its programme.

A plan is plain data, made without a file, a clock or a process. It decides everything that a rendering could decide:
`footage plan FILE` prints it, and unit tests compare it.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

from pipelines.domain.campaign import Programme
from pipelines.domain.model import Copied, Editing, Encoding, Expectation, Op, Output, Sampling, VideoFacts, VideoPlan
from pipelines.domain.planning import encoders
from pipelines.domain.planning.copying import against_copying_picture, against_copying_sound
from pipelines.domain.planning.films import encoding_of, expected_film, expected_sound
from pipelines.domain.planning.lettering import pictures_read
from pipelines.domain.planning.picture import (
    colours_in,
    fit,
    nearest_rate,
    plan_fitted,
    plan_picture,
    plan_shared,
    plan_surround,
    shown_rate,
)
from pipelines.domain.planning.sound import gain, level_of, plan_sound
from pipelines.domain.profiles import VideoProfile

Tools = tuple[tuple[str, str], ...]

# Pixels of an analysed frame: enough for sharpness and shots, a thirty-sixth of 1920 × 1080.
_ANALYSIS_BOX = (320, 180)
_ANALYSIS_RATE = Fraction(5)  # frames per second
TINY = (64, 36)  # pixels of the frames that shots are found on
_ENOUGH = 30  # frames per second; above it, every second or third frame is enough to see a cut
_SHORT = 5  # seconds; a shorter film has every frame analysed, for enough stills to choose from
_CLIPPED = 3  # times the master's size that clips may take, at most
_SCRATCH_BASE = 64 << 20  # bytes


def plan_video(
    facts: VideoFacts, profile: VideoProfile, programme: Programme, tools: Tools, hardware: tuple[str, ...] = ()
) -> VideoPlan:
    """Return the one plan for this video under this profile and programme.

    `hardware`: the kinds of hardware encoder that work on this machine.
    """
    if against := tuple(against_copying_picture(facts, profile)):
        rate = nearest_rate(shown_rate(facts, profile), profile.frame_rates)
        encoding = encoding_of(profile, rate, _encoder(profile, hardware))
        frames = max(1, round(facts.timing.duration * rate))
        plan = _encoded(facts, profile, _base(facts, profile, programme, tools, encoding, frames), against)
    else:
        encoding = encoding_of(profile, facts.timing.frame_rate, "copy")
        plan = _copied(facts, profile, _base(facts, profile, programme, tools, encoding, facts.timing.frames))
    return replace(plan, scratch=plan.scratch * (1 + len(plan.angles)))


def as_angle(plan: VideoPlan, number: int) -> VideoPlan:
    """Return the plan for a picture beside the main one: a master with a name and a role of its own, nothing else."""
    return replace(plan, master=replace(plan.master, name=f"angle-{number}.mp4", role="angle"), angles=(), words=0)


def _base(
    facts: VideoFacts, profile: VideoProfile, programme: Programme, tools: Tools, encoding: Encoding, frames: int
) -> VideoPlan:
    """Return the part of the plan that is the same for a copied and an encoded film."""
    sampling = _sampling(facts, encoding.frame_rate)
    expect = _expect_master(facts, profile, encoding, frames)
    return VideoPlan(
        kind="video",
        video_stream=facts.index,
        audio_stream=facts.sound.audio.index if facts.sound.audio else None,
        max_pixels=profile.max_pixels,
        copied=(),
        shared=(),
        picture=(),
        surround=(),
        fitted=(),
        analysis=(_sampled(sampling.rate), *_shrink(facts, sampling)),
        shots=(_sampled(sampling.shots), *_tiny(facts)),
        sound=(),
        sampling=sampling,
        encoding=encoding,
        editing=_editing(profile, programme),
        master=Output("master.mp4", "master", "video/mp4", expect),
        frames=frames,
        duration=frames / encoding.frame_rate,
        scratch=0,
        rescue=profile.rescue,
        torn_end=facts.is_broken_off,
        gate=profile.gate,
        why=(),
        tools=tools,
        angles=facts.angles if profile.pictures == "each" else (),
        words=pictures_read(frames / encoding.frame_rate, profile.stills) if profile.read_words else 0,
    )


def _encoded(facts: VideoFacts, profile: VideoProfile, base: VideoPlan, against: tuple[str, ...]) -> VideoPlan:
    """Return the plan that encodes the picture, for the reasons in `against`."""
    rate = base.encoding.frame_rate
    return replace(
        base,
        shared=plan_shared(facts, profile, rate),
        picture=plan_picture(facts, profile),
        surround=plan_surround(facts, profile),
        fitted=(*plan_fitted(facts, profile, rate, base.frames), *encoders.uploading(base.encoding.encoder)),
        sound=plan_sound(facts.sound.audio, profile, base.duration, facts.timing.early),
        scratch=_scratch(profile, base.duration),
        why=("画面重新编码：" + "；".join(against), _why_sound(facts, profile, copied=False)),
    )


def _copied(facts: VideoFacts, profile: VideoProfile, base: VideoPlan) -> VideoPlan:
    """Return the plan that copies the picture packet by packet, and the sound too where it complies."""
    against = tuple(against_copying_sound(facts, profile))
    rate = facts.coding.bit_rate + profile.audio_bitrate
    copied: tuple[Copied, ...] = ("picture",) if against else ("picture", "sound")
    return replace(
        base,
        copied=copied,
        sound=plan_sound(facts.sound.audio, profile, facts.timing.end) if against else (),
        master=replace(base.master, expect=_expect_copy(facts, base.master.expect)),
        scratch=_SCRATCH_BASE + ceil(facts.timing.end * rate / 8 * (1 + _CLIPPED)),
        why=("画面已符合要求，原样复制", _why_sound(facts, profile, copied=not against, against=against)),
    )


def _why_sound(facts: VideoFacts, profile: VideoProfile, *, copied: bool, against: tuple[str, ...] = ()) -> str:
    if facts.sound.audio is None:
        return "声音：原片没有，配静音"
    measured = level_of(facts.sound.audio)
    change = gain(measured, profile)
    level = f"原响度 {measured.integrated} LKFS，调整 {change:+.1f} dB" if measured else "响度未测"
    how = "原样复制" if copied else "重新编码"
    return f"声音{how}：{level}" + (f"（{'；'.join(against)}）" if against else "")


def _scratch(profile: VideoProfile, duration: Fraction) -> int:
    """Return the bytes of disk: the bit rate cap bounds the master, its faststart rewrite and the clips copied out."""
    return _SCRATCH_BASE + ceil(duration * Fraction(profile.max_bitrate + profile.audio_bitrate, 8) * 2)


def _sampled(rate: Fraction) -> Op:
    """Return the filter that samples the picture at `rate` per second.

    Rounded up, sample `i` is the frame shown at `i / rate`. Rounded to the nearest, it is from up to 0.1 s later.
    """
    return Op("fps", (("fps", str(rate)), ("start_time", "0"), ("round", "up")))


def _sampling(facts: VideoFacts, rate: Fraction) -> Sampling:
    width, height = fit(facts.width, facts.height, _ANALYSIS_BOX)
    analysed = rate if facts.timing.duration < _SHORT else _ANALYSIS_RATE
    return Sampling(analysed, width, height, rate / ceil(rate / _ENOUGH))


def _shrink(facts: VideoFacts, sampling: Sampling) -> tuple[Op, ...]:
    size = (("w", str(sampling.width)), ("h", str(sampling.height)), ("flags", "area"))
    return (Op("scale", (*size, *colours_in(facts))), Op("format", (("pix_fmts", "bgr24"),)))


def _tiny(facts: VideoFacts) -> tuple[Op, ...]:
    """Return the filters to the tiny frames. The shape is not kept: each is compared with its neighbours alone."""
    size = (("w", str(TINY[0])), ("h", str(TINY[1])), ("flags", "fast_bilinear"))
    return (Op("scale", (*size, *colours_in(facts))), Op("format", (("pix_fmts", "bgr24"),)))


def _encoder(profile: VideoProfile, hardware: tuple[str, ...]) -> str:
    """Return the first encoder that the profile names and this machine has, else the software one."""
    named = (encoders.hardware(profile.codec, kind) for kind in profile.hardware if kind in hardware)
    return next(named, encoders.software(profile.codec))


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


def _expect_master(facts: VideoFacts, profile: VideoProfile, encoding: Encoding, frames: int) -> Expectation:
    made = expected_film(encoding, (profile.width, profile.height), frames, encoding.frame_rate)
    return expected_sound(made, level_of(facts.sound.audio), profile)


def _expect_copy(facts: VideoFacts, made: Expectation) -> Expectation:
    """Return the expectation of a copied picture.

    It keeps its own profile and colour tags, which are within the campaign's rules, and its own length.
    """
    return replace(made, profile=facts.coding.profile, colour="", duration=facts.timing.end - facts.timing.start)
