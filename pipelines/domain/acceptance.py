"""Facts held against the campaign's rules: what is wrong, what is worth knowing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from pipelines.domain.campaign import Campaign
from pipelines.domain.clocks import clock_findings
from pipelines.domain.model import Facts, Finding, ImageFacts, Private, Severity, Submission, VideoFacts
from pipelines.domain.planning.photo import photo_size
from pipelines.domain.planning.picture import is_hdr, nearest_rate, shown_rate
from pipelines.domain.profiles import JPEG_SIDE, PhotoProfile, VideoProfile
from pipelines.domain.wording import clock, seconds

_VIDEO_SUFFIXES = frozenset(
    {"mp4", "mov", "avi", "mkv", "3gp", "mts", "m2ts", "ts", "wmv", "flv", "webm", "m4v", "mpg"}
)
_PHOTO_SUFFIXES = frozenset({"jpg", "jpeg", "png", "heic", "heif", "webp", "avif", "tif", "tiff", "bmp", "gif"})

_LEAST = 16  # pixels; less is no picture, and encoders refuse it
_HEADER_APART = Fraction(1, 10)  # seconds; containers count padding and last frames differently
_PRIVATE = {"place": "拍摄地点", "device": "设备型号", "owner": "作者", "notes": "附注"}


def accept(
    facts: Facts, campaign: Campaign, submission: Submission, received: datetime | None = None
) -> tuple[Finding, ...]:
    """Every finding on a readable file. One of severity `reject` refuses it. `received`: by the server's clock."""
    findings = [*_submission(campaign, submission), *_name(facts, submission)]
    if isinstance(facts, VideoFacts):
        findings += _video(facts, campaign.video_profile(submission.programme))
    else:
        findings += _photo(facts, campaign.photo_profile(submission.programme))
        findings += clock_findings(facts, received, ZoneInfo(campaign.campaign.timezone))
    return tuple(findings)


def _submission(campaign: Campaign, submission: Submission) -> Iterator[Finding]:
    known_units = {*campaign.units, *campaign.units.values()}
    if submission.unit and submission.unit not in known_units:
        yield Finding("unknown-unit", "warning", actual=submission.unit)
    if submission.activity and submission.activity not in campaign.activities:
        yield Finding("unknown-activity", "warning", actual=submission.activity)
    if submission.date is not None:
        windows = [campaign.windows[name] for name in campaign.programmes[submission.programme].windows]
        if not any(w.first <= submission.date <= w.last for w in windows):
            spans = "、".join(f"{w.first}—{w.last}" for w in windows)
            yield Finding("outside-window", "warning", expected=spans, actual=str(submission.date))


def _name(facts: Facts, submission: Submission) -> Iterator[Finding]:
    suffix = submission.name.rpartition(".")[2].lower()
    if isinstance(facts, ImageFacts) and suffix in _VIDEO_SUFFIXES:
        yield Finding("name-differs", "warning", expected=suffix, actual=f"照片（{facts.format}）")
    if isinstance(facts, VideoFacts) and suffix in _PHOTO_SUFFIXES:
        yield Finding("name-differs", "warning", expected=suffix, actual=f"视频（{facts.container}）")


def _video(facts: VideoFacts, profile: VideoProfile) -> Iterator[Finding]:
    limit = profile.max_hours * 3600
    if facts.duration > limit:
        yield Finding("too-long", "reject", expected=clock(limit), actual=clock(ceil(facts.duration)))
    yield from _pixels(facts.width, facts.height, profile.max_pixels)
    if facts.width < profile.width and facts.height < profile.height:
        yield Finding("enlarged", "warning", f"{profile.width}×{profile.height}", f"{facts.width}×{facts.height}")
    if facts.audio is None:
        yield Finding("sound-unreadable" if facts.sounds else "no-audio", "warning")
    if facts.variable:
        rate = nearest_rate(shown_rate(facts, profile), profile.frame_rates)
        yield Finding("variable-frame-rate", "info", expected=f"{float(rate):.5g}")
    if facts.fields != "progressive":
        yield Finding("interlaced", "info")
    if is_hdr(facts):
        yield Finding("hdr", "info", actual=facts.transfer)
    severity: Severity = "warning" if profile.rescue else "reject"
    if facts.torn:
        yield Finding("damaged", severity, actual=str(facts.torn))
    if facts.truncated:
        whole = clock(facts.declared) if facts.declared > facts.end else "完整的结尾"
        yield Finding("truncated", severity, whole, clock(facts.end))
    else:
        yield from _header(facts)
    if facts.sounds > 1:
        yield Finding("more-sounds", "info", actual=str(facts.sounds))
    if facts.private:
        yield _removed(facts.private)


def _header(facts: VideoFacts) -> Iterator[Finding]:
    """A length in the header that neither the picture nor the whole file has, by the time of its packets."""
    held = (facts.end - facts.start, facts.end, facts.duration)
    apart = min(abs(facts.declared - length) for length in held)
    if facts.declared and apart > max(_HEADER_APART, 2 / facts.frame_rate):
        yield Finding("header-differs", "info", seconds(facts.declared), seconds(facts.duration))


def _photo(facts: ImageFacts, profile: PhotoProfile) -> Iterator[Finding]:
    yield from _pixels(facts.width, facts.height, profile.max_pixels)
    if facts.size > profile.max_bytes:
        yield Finding("too-heavy", "reject", expected=f"{profile.max_bytes:,}", actual=f"{facts.size:,}")
    width, height = photo_size(facts, profile)
    if max(width, height) > JPEG_SIDE:
        yield Finding("too-narrow", "reject", f"{JPEG_SIDE:,}", f"{facts.width}×{facts.height}")
    if width != facts.width or height != facts.height:
        code = "enlarged" if width > facts.width else "reduced"
        yield Finding(code, "warning", f"{width}×{height}", f"{facts.width}×{facts.height}")
    if facts.colour == "unknown":
        yield Finding("colour-unknown", "warning", actual=facts.mode)
    if facts.frames > 1:
        yield Finding("animation", "info", actual=str(facts.frames))
    if facts.private:
        yield _removed(facts.private)


def _removed(kinds: Iterable[Private]) -> Finding:
    return Finding("private-data-removed", "info", actual="、".join(_PRIVATE[kind] for kind in kinds))


def _pixels(width: int, height: int, limit: int) -> Iterator[Finding]:
    if min(width, height) < _LEAST:
        yield Finding("too-small", "reject", f"{_LEAST}", f"{width}×{height}")
    if width * height > limit:
        yield Finding("too-large", "reject", expected=f"{limit:,}", actual=f"{width * height:,}")
