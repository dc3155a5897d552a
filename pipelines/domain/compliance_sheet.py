"""Lay out a publication for a reviewer: the facts of the original, and each rule with what was expected and found.

A publication exists only if its gate has passed (:mod:`pipelines.domain.compliance`). Where a manifest keeps the
measured value it is shown; else the rule was checked before publication, as the expected value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import (
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
    main = next(artifact for artifact in manifest.artifacts if artifact.role in {"master", "photo"})
    if isinstance(manifest.plan, VideoPlan):
        return (*_film(manifest.plan.master.expect, main, manifest.level),)
    outputs = {output.name: output.expect for output in manifest.plan.outputs}
    return (*_picture(outputs[main.name], main, manifest.quality),)


def _film(expect: Expectation, main: Artifact, level: SoundLevel | None) -> Iterator[RuleResult]:
    yield _size(expect, main)
    yield _same("编码", f"{expect.codec} {expect.profile}".strip())
    yield _same("编码级别不高于", f"{expect.level / 10:.1f}" if expect.level else "")
    yield _same("像素格式", expect.pixel_format)
    yield _same("颜色", expect.colour)
    yield _same("帧率", f"{float(expect.frame_rate):.5g} 帧/秒，恒定" if expect.frame_rate else "")
    yield _same("帧数", str(expect.frames or ""))
    if expect.duration is not None:
        found = f"{float(main.duration or 0):.3f} 秒"
        yield RuleResult("片长", f"{float(expect.duration):.3f} 秒", found, measured=True)
    yield _same("像素为正方形、画面不带旋转标记", "是")
    yield _same("索引在文件开头（网页可立即播放）", "是" if expect.faststart else "")
    if not expect.audio_codec:
        return
    yield _same("声音", f"{expect.audio_codec} · {expect.sample_rate} Hz · {expect.channels} 声道")
    yield _same("声音与画面同起同止", "相差不超过 0.05 秒")
    if expect.loudness is not None and level:
        wanted = f"{expect.loudness:g} LKFS ± {_TOLERANCE:g}"
        yield RuleResult("响度（BS.1770）", wanted, f"{level.integrated:.1f} LKFS", measured=True)
    if expect.peak is not None and level:
        yield RuleResult("真峰值不高于", f"{expect.peak:g} dBTP", f"{level.peak:.1f} dBTP", measured=True)


def _picture(expect: Expectation, main: Artifact, quality: PhotoQuality | None) -> Iterator[RuleResult]:
    yield _size(expect, main)
    yield _same("格式", expect.codec)
    yield _same("方向正立，不带旋转标记", "是")
    yield _same("不含位置、机主等个人信息", "是")
    if quality:
        yield RuleResult("清晰度（拉普拉斯方差）", "只记录", f"{quality.sharpness:.0f}", measured=True)


def _size(expect: Expectation, main: Artifact) -> RuleResult:
    return RuleResult("画面尺寸", f"{expect.width}×{expect.height}", f"{main.width}×{main.height}", measured=True)


def _same(rule: str, expected: str) -> RuleResult:
    return RuleResult(rule, expected or "不限", _CHECKED, measured=False)


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
