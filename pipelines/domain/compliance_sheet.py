"""Lay out a publication for a reviewer: the facts of the original, and each rule with what was expected and found.

A publication exists only if its gate has passed (:mod:`pipelines.domain.compliance`). What the gate read of the
finished file is shown as measured; a manifest from before that was kept says only that the rule was checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.compliance import colour_of
from pipelines.domain.model import (
    MAIN,
    Artifact,
    Expectation,
    Facts,
    ImageFacts,
    Manifest,
    PhotoQuality,
    SoundLevel,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.wording import clock

_FIELDS = {"progressive": "逐行", "tff": "隔行（上场先）", "bff": "隔行（下场先）"}
_CHECKED = "与要求一致"
_TOLERANCE = 2.0  # LU about the target (GY/T 282-2014)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule of an output. `measured`: whether `found` is a kept measurement, or what the gate compared."""

    rule: str
    expected: str
    found: str
    measured: bool


def sheet(manifest: Manifest) -> tuple[RuleResult, ...]:
    """Return every rule that the main output of a publication was held to."""
    main = next(artifact for artifact in manifest.artifacts if artifact.role in MAIN)
    if isinstance(manifest.plan, VideoPlan):
        made = manifest.made if isinstance(manifest.made, VideoFacts) else None
        return (*_film(manifest.plan.master.expect, main, made), *_level(manifest.plan.master.expect, manifest.level))
    outputs = {output.name: output.expect for output in manifest.plan.outputs}
    picture = manifest.made if isinstance(manifest.made, ImageFacts) else None
    return (*_picture(outputs[main.name], main, picture, manifest.quality),)


def _film(expect: Expectation, main: Artifact, made: VideoFacts | None) -> Iterator[RuleResult]:
    found = dict(_measured(made)) if made else {}
    yield _size(expect, main)
    for rule, expected in _wanted(expect):
        yield _row(rule, expected, found)
    if expect.duration is not None:
        length = f"{float(main.duration or 0):.3f} 秒"
        yield RuleResult("片长", f"{float(expect.duration):.3f} 秒", length, measured=True)
    if expect.audio_codec:
        yield _row("声音", f"{expect.audio_codec} · {expect.sample_rate} Hz · {expect.channels} 声道", found)
        yield _row("声音与画面同起同止", "相差不超过 0.05 秒", found)


def _wanted(expect: Expectation) -> Iterator[tuple[str, str]]:
    """Yield what a film's picture was held to, in words."""
    yield "编码", f"{expect.codec} {expect.profile}".strip()
    yield "编码级别不高于", _tenths(expect.level) if expect.level else ""
    yield "像素格式", expect.pixel_format
    yield "颜色", expect.colour
    yield "帧率", f"{_per_second(expect.frame_rate)}，恒定" if expect.frame_rate else ""
    yield "帧数", str(expect.frames or "")
    yield "像素为正方形、画面不带旋转标记", "是"
    yield "索引在文件开头（网页可立即播放）", "是" if expect.faststart else ""


def _measured(made: VideoFacts) -> Iterator[tuple[str, str]]:
    """Yield what the gate read of the finished film, by the same names."""
    coding, timing, audio = made.coding, made.timing, made.sound.audio
    upright = made.geometry.square_pixels and not made.geometry.rotation and not made.geometry.mirrored
    yield "编码", f"{coding.codec} {coding.profile}".strip()
    yield "编码级别不高于", _tenths(coding.level)
    yield "像素格式", coding.pixel_format
    yield "颜色", "/".join(tag or "—" for tag in colour_of(made).split("/"))
    yield "帧率", f"{_per_second(timing.frame_rate)}，{'不固定' if timing.variable else '恒定'}"
    yield "帧数", str(timing.frames)
    yield "像素为正方形、画面不带旋转标记", _yes(upright)
    yield "索引在文件开头（网页可立即播放）", _yes(made.faststart)
    if audio:
        apart = max(abs(audio.start - timing.start), abs(audio.end - timing.end))
        yield "声音", f"{audio.codec} · {audio.sample_rate} Hz · {audio.channels} 声道"
        yield "声音与画面同起同止", f"相差 {float(apart):.3f} 秒"


def _level(expect: Expectation, level: SoundLevel | None) -> Iterator[RuleResult]:
    if expect.loudness is not None and level:
        wanted = f"{expect.loudness:g} LKFS ± {_TOLERANCE:g}"
        yield RuleResult("响度（BS.1770）", wanted, f"{level.integrated:.1f} LKFS", measured=True)
    if expect.peak is not None and level:
        yield RuleResult("真峰值不高于", f"{expect.peak:g} dBTP", f"{level.peak:.1f} dBTP", measured=True)


def _picture(
    expect: Expectation, main: Artifact, made: ImageFacts | None, quality: PhotoQuality | None
) -> Iterator[RuleResult]:
    upright, private = "方向正立，不带旋转标记", "不含位置、机主等个人信息"
    found = {"格式": made.format, upright: _yes(made.orientation == 1), private: _yes(not made.private)} if made else {}
    yield _size(expect, main)
    for rule, expected in ("格式", expect.codec), (upright, "是"), (private, "是"):
        yield _row(rule, expected, found)
    if quality:
        yield RuleResult("清晰度（拉普拉斯方差）", "只记录", f"{quality.sharpness:.0f}", measured=True)


def _size(expect: Expectation, main: Artifact) -> RuleResult:
    return RuleResult("画面尺寸", f"{expect.width}×{expect.height}", f"{main.width}×{main.height}", measured=True)


def _row(rule: str, expected: str, found: Mapping[str, str]) -> RuleResult:
    return RuleResult(rule, expected or "不限", found.get(rule, _CHECKED), measured=rule in found)


def _tenths(level: int) -> str:
    return f"{level / 10:.1f}"


def _per_second(rate: Fraction) -> str:
    return f"{float(rate):.5g} 帧/秒"


def _yes(right: bool) -> str:
    return "是" if right else "否"


def facts_of(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what an original is, as pairs of a name and a value."""
    if isinstance(facts, VideoFacts):
        yield from _film_facts(facts)
    else:
        yield from _photo_facts(facts)


def _film_facts(facts: VideoFacts) -> Iterator[tuple[str, str]]:
    coding, timing, sound = facts.coding, facts.timing, facts.sound.audio
    yield "封装", facts.container
    yield "画面", f"{facts.width}×{facts.height} · {_FIELDS.get(facts.geometry.fields, facts.geometry.fields)}"
    yield "编码", f"{coding.codec} {coding.profile}".strip()
    yield "帧率", f"{float(timing.frame_rate):.5g} 帧/秒{'（不固定）' if timing.variable else ''}"
    yield "片长", clock(timing.duration)
    if facts.geometry.rotation:
        yield "旋转标记", f"{facts.geometry.rotation}°"
    if facts.colour.is_hdr:
        yield "颜色", "HDR"
    yield "声音", f"{sound.codec} · {sound.sample_rate} Hz · {sound.channels} 声道" if sound else "无"
    if sound and sound.level:
        yield "原声响度", f"{sound.level.integrated:.1f} LKFS"


def _photo_facts(facts: ImageFacts) -> Iterator[tuple[str, str]]:
    yield "格式", facts.format
    yield "画面", f"{facts.width}×{facts.height}"
    if facts.taken:
        yield "相机时钟", f"{facts.taken}{facts.zone}"


def rate_of(manifest: Manifest) -> Fraction | None:
    """Return the frames per second of a publication's master; None of a photo."""
    return manifest.plan.encoding.frame_rate if isinstance(manifest.plan, VideoPlan) else None
