"""Compare facts with the campaign's rules, and find what is wrong or worth knowing. This package does no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches

from pipelines.domain.acceptance.film import film_findings
from pipelines.domain.acceptance.photo import photo_findings
from pipelines.domain.campaign import Campaign
from pipelines.domain.clocks import clock_findings
from pipelines.domain.model import Facts, Finding, ImageFacts, Submission, VideoFacts

_VIDEO_SUFFIXES = frozenset(
    {"mp4", "mov", "avi", "mkv", "3gp", "mts", "m2ts", "ts", "wmv", "flv", "webm", "m4v", "mpg"}
)
_PHOTO_SUFFIXES = frozenset({"jpg", "jpeg", "png", "heic", "heif", "webp", "avif", "tif", "tiff", "bmp", "gif"})


def accept(
    facts: Facts, campaign: Campaign, submission: Submission, received: datetime | None = None
) -> tuple[Finding, ...]:
    """Return all findings on a readable file; severity `reject` refuses it. `received`: by the server's clock."""
    findings = [*_submission(campaign, submission), *_name(facts, submission)]
    if isinstance(facts, VideoFacts):
        findings += film_findings(facts, campaign.video_profile(submission.programme))
    else:
        findings += photo_findings(facts, campaign.photo_profile(submission.programme))
        findings += clock_findings(facts, received, campaign.zone)
    return tuple(findings)


def _meant(unit: str, units: Iterable[str]) -> str:
    """Return a question that names the unit most like this one; empty where none is."""
    names = list(units)
    whole = [name for name in names if unit in name or name in unit]
    near = whole or get_close_matches(unit, names, n=1, cutoff=0.5)
    return f"，是否为“{near[0]}”" if near else ""


def _submission(campaign: Campaign, submission: Submission) -> Iterator[Finding]:
    known_units = {*campaign.units, *campaign.units.values()}
    if submission.unit and submission.unit not in known_units:
        yield Finding("unknown-unit", "warning", _meant(submission.unit, campaign.units.values()), submission.unit)
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
