"""Decide which streams of a file already comply with the profile and are copied.

Encoding a file that complies loses quality for nothing (PeerTube#1780, immich#15402).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipelines.domain.model import VideoFacts
from pipelines.domain.planning.picture import is_hdr
from pipelines.domain.planning.sound import fault_of, gain, level_of, needs_limiter
from pipelines.domain.profiles import VideoProfile

# A transport stream repeats its parameter sets inside packets, and Matroska rounds its timestamps: both need more
# than a copy.
_COPIED_FROM = {"mov"}
_RANKS = {"constrained baseline": 0, "baseline": 0, "main": 1, "high": 2}
_NEAR = Fraction(1, 20)  # seconds by which the starts, and the ends, of picture and sound may differ
_SAME = Fraction(1, 5000)  # relative difference up to which two frame rates are the same
_KEYS = Fraction(5, 4)  # of the profile's GOP length: the longest time between two key frames


def against_copying_picture(facts: VideoFacts, profile: VideoProfile) -> Iterator[str]:
    """Yield every reason, in Chinese, to encode the picture; no reason: it is copied."""
    if not profile.copy_compliant:
        yield "活动配置要求一律重新编码"
    if facts.coding.codec != profile.codec or _RANKS.get(facts.coding.profile, 9) > _RANKS[profile.profile]:
        yield f"编码是 {facts.coding.codec} {facts.coding.profile}"
    if facts.coding.level > profile.level:
        yield f"级别 {facts.coding.level / 10} 高于 {profile.level / 10}"
    if facts.coding.pixel_format != profile.pixel_format or facts.colour.full_range:
        yield f"像素格式是 {facts.coding.pixel_format}{'（全范围）' if facts.colour.full_range else ''}"
    if (facts.width, facts.height) != (profile.width, profile.height):
        yield f"画面是 {facts.width}×{facts.height}"
    if facts.geometry.rotation or facts.geometry.mirrored or facts.geometry.crop or not facts.geometry.square_pixels:
        yield "画面要转正、裁边或改成方形像素"
    if facts.geometry.fields != "progressive" or facts.geometry.flagged_fields:
        yield "原片是隔行扫描，或如此标记"
    if facts.container not in _COPIED_FROM:
        yield f"容器是 {facts.container}，时间戳要重写"
    if is_hdr(facts) or _is_other_colour(facts):
        yield "颜色不是 BT.709"
    yield from _times(facts, profile)


def _is_other_colour(facts: VideoFacts) -> bool:
    """Tell whether a colour tag other than BT.709, or Dolby Vision, is there."""
    tags = {facts.colour.transfer, facts.colour.primaries, facts.colour.matrix} - {"", "bt709"}
    return bool(tags) or facts.colour.dolby_vision


def _times(facts: VideoFacts, profile: VideoProfile) -> Iterator[str]:
    """Yield the reasons of frame rate, bit rate, key frames, damage, and length."""
    if facts.timing.variable or all(abs(facts.timing.frame_rate / rate - 1) > _SAME for rate in profile.frame_rates):
        yield "帧率不固定或不在允许之列"
    if facts.timing.gaps:
        yield f"有 {facts.timing.gaps} 处缺帧"
    if _is_held(facts):
        yield "最后一帧长时间停留"
    if facts.timing.open_keys:
        yield "关键帧不能独立起播（开放 GOP）"
    if facts.coding.bit_rate > profile.max_bitrate:
        yield f"码率 {facts.coding.bit_rate / 1e6:.1f} Mbit/s 高于 {profile.max_bitrate / 1e6:.0f}"
    if facts.timing.key_interval > profile.gop_seconds * _KEYS:
        yield f"关键帧相隔 {float(facts.timing.key_interval):.1f} 秒，不便剪辑"
    if facts.integrity.torn:
        yield "画面数据有损坏"
    apart = abs(facts.timing.start) > _NEAR or facts.timing.duration - facts.timing.end > _NEAR
    if facts.integrity.truncated or facts.timing.hidden or apart or facts.timing.early:
        yield "画面与声音的起止不齐"


def _is_held(facts: VideoFacts) -> bool:
    """Tell whether the last frame stays much longer than the others: a copy would be longer than its frames say."""
    frames = facts.timing.frames / facts.timing.frame_rate
    return facts.timing.end - facts.timing.start - frames > max(_NEAR, 2 / facts.timing.frame_rate)


def against_copying_sound(facts: VideoFacts, profile: VideoProfile) -> Iterator[str]:
    """Yield every reason, in Chinese, to encode the sound; no reason: it is copied."""
    sound = facts.sound.audio
    if sound is None:
        yield "原片没有声音"
        return
    if not profile.copy_compliant:
        yield "活动配置要求一律重新编码"
    if sound.codec != profile.audio_codec or sound.profile not in {"", "lc"}:
        yield f"编码是 {sound.codec} {sound.profile}"
    if (sound.sample_rate, sound.channels) != (profile.sample_rate, profile.channels):
        yield f"是 {sound.sample_rate} Hz、{sound.channels} 声道"
    if fault_of(sound):
        yield "左右声道要修正"
    if gain(level_of(sound), profile) or needs_limiter(level_of(sound), profile):
        yield "响度要调整"
    if abs(sound.start - facts.timing.start) > _NEAR or abs(sound.end - facts.timing.end) > _NEAR:
        yield "画面与声音的起止不齐"
