"""Compare a film's facts with its profile."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipelines.domain.acceptance.common import pixels, removed
from pipelines.domain.acceptance.sound import sound_findings
from pipelines.domain.model import Finding, Severity, VideoFacts
from pipelines.domain.planning.picture import is_hdr, is_rescued, nearest_rate, shown_rate
from pipelines.domain.profiles import VideoProfile
from pipelines.domain.wording import clock, lasting, seconds, since

_HEADER_APART = Fraction(1, 10)  # seconds; containers count padding and last frames differently
_FEW = 15  # frames a second; below, people see that the picture stands
_MIDWAY = Fraction(1, 5)  # seconds without a picture at the beginning, beyond which it is told
_CARRIED = {"subtitle": "字幕", "chapters": "章节", "attachment": "附件"}


def film_findings(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    """Yield all findings on a film."""
    limit = profile.max_hours * 3600
    if facts.timing.duration > limit:
        yield Finding("too-long", "reject", lasting(Fraction(limit)), lasting(facts.timing.duration))
    yield from pixels((facts.width, facts.height), profile.least_side, profile.max_pixels)
    if facts.width < profile.width and facts.height < profile.height:
        yield Finding("enlarged", "warning", f"{profile.width}×{profile.height}", f"{facts.width}×{facts.height}")
    yield from sound_findings(facts, profile)
    yield from _picture(facts, profile)
    yield from _integrity(facts, profile)
    yield from _left_out(facts, profile)
    if facts.private:
        yield removed(facts.private)


def _picture(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    shown = shown_rate(facts, profile)
    rate = f"{float(nearest_rate(shown, profile.frame_rates)):.5g}"
    if facts.timing.assumed:
        yield Finding("rate-assumed", "warning", rate)
    if shown < _FEW:
        yield Finding("few-frames", "info", rate, f"{float(shown):.3g}")
    elif facts.timing.variable:
        yield Finding("variable-frame-rate", "info", expected=rate)
    if facts.geometry.fields != "progressive":
        yield Finding("interlaced", "info")
    if is_hdr(facts):
        yield Finding("hdr", "info", actual=facts.colour.transfer)
    if facts.geometry.projection:
        yield Finding("spherical", "info")
    if facts.geometry.stereo:
        yield Finding("stereo-3d", "info")


def _integrity(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    severity: Severity = "warning" if is_rescued(facts, profile) else "reject"
    if facts.integrity.torn:
        yield Finding("damaged", severity, since(facts.integrity.torn_from), str(facts.integrity.torn))
    if facts.integrity.truncated:
        yield Finding("truncated", severity, *_cut(facts))
    else:
        yield from _header(facts)
    if facts.integrity.unfinished:
        yield Finding("unfinished", "warning" if facts.is_broken_off else "info")
    if facts.timing.until_key > _MIDWAY:
        yield Finding("starts-midway", "info", actual=seconds(facts.timing.until_key))


def _cut(facts: VideoFacts) -> tuple[str, str]:
    """Return the length that was declared, empty where none was, and a phrase that says what is there."""
    end, declared = facts.timing.end, facts.integrity.declared
    held = f"内容只到 {clock(end)}" if end >= 1 else "内容不到 1 秒"
    if declared <= end:
        return "", f"{held}，没有完整的结尾"
    return clock(declared), f"{held}，应有 {clock(declared)}"


def _header(facts: VideoFacts) -> Iterator[Finding]:
    """Yield a finding where the header's length is, by packet times, neither the picture's nor the whole file's."""
    held = (facts.timing.end - facts.timing.start, facts.timing.end, facts.timing.duration)
    apart = min(abs(facts.integrity.declared - length) for length in held)
    if facts.integrity.declared and apart > max(_HEADER_APART, 2 / facts.timing.frame_rate):
        yield Finding("header-differs", "info", seconds(facts.integrity.declared), seconds(facts.timing.duration))


def _left_out(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    """Yield what the film holds and the master does not; it stays in the original."""
    if facts.pictures > 1:
        each = Finding("angles-made", "info", actual=str(facts.pictures))
        yield each if profile.pictures == "each" else Finding("more-pictures", "warning", actual=each.actual)
    if facts.sound.tracks > 1:
        yield Finding("more-sounds", "info", actual=str(facts.sound.tracks))
    kinds = [word for kind, word in _CARRIED.items() if kind in facts.others]
    if kinds:
        yield Finding("not-carried", "info", actual="、".join(kinds))
