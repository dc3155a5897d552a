"""Find what is worth knowing of a film's sound: none, hardly any, and how it was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from pipelines.domain.model import AudioFacts, Finding, SoundCondition, VideoFacts
from pipelines.domain.planning.sound import SILENT, fault_of, level_of, wanted_gain
from pipelines.domain.profiles import VideoProfile
from pipelines.domain.wording import seconds, since

_SIDES = {"left": "左", "right": "右"}
_CLIPPED = 1  # seconds at full scale, over the whole film
_HUM, _RUMBLE = 0.3, 0.7  # shares of the power: above, people hear little else
_AUDIBLE = -60.0  # dBFS; below, shares of the power say nothing


def sound_findings(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    """Yield the findings on a film's sound, or on its lack."""
    audio = facts.sound.audio
    if audio is None:
        yield Finding("sound-unreadable" if facts.sound.tracks else "no-audio", "warning")
        return
    yield from _level(audio, profile)
    if audio.lost:
        yield Finding("sound-lost", "warning", seconds(audio.lost), since(audio.lost_from))
    fault = fault_of(audio)
    if fault in _SIDES:
        yield Finding("one-sided", "info", actual=_SIDES[fault])
    elif fault:
        yield Finding("opposite-phase", "info")
    if audio.condition:
        yield from _condition(audio.condition)


def _level(audio: AudioFacts, profile: VideoProfile) -> Iterator[Finding]:
    level = level_of(audio)
    if _is_silent(audio):
        yield Finding("silent", "warning")
    elif level and (wanted := wanted_gain(level, profile)) > profile.max_gain:
        yield Finding("too-quiet", "warning", f"{profile.max_gain:.0f}", f"{ceil(wanted)}")


def _is_silent(audio: AudioFacts) -> bool:
    """Tell whether nothing can be heard; of a sound too short for BS.1770 its level says nothing."""
    if audio.condition:
        return max(audio.condition.left, audio.condition.right) <= SILENT
    level = level_of(audio)
    return level is not None and level.integrated <= SILENT


def _condition(condition: SoundCondition) -> Iterator[Finding]:
    if condition.clipped > _CLIPPED:
        yield Finding("clipped", "warning", actual=seconds(condition.clipped))
    if max(condition.left, condition.right) <= _AUDIBLE:
        return
    if condition.hum >= _HUM:
        yield Finding("hum", "info", actual=f"{condition.hum:.0%}")
    elif condition.rumble >= _RUMBLE:
        yield Finding("rumble", "info", actual=f"{condition.rumble:.0%}")
