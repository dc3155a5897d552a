"""A publication's cuts as an editor's program reads them: OpenTimelineIO, or an EDL (CMX 3600)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import opentimelineio as otio

from pipelines.domain.errors import WrongUse
from pipelines.domain.model import Cut, Manifest, Span, VideoPlan

Form = Literal["otio", "edl"]

_ADAPTERS = {"otio": "otio_json", "edl": "cmx_3600"}
_MADE_UP = {"BL", "BLACK", "bars"}
_REEL_NAME = 8  # characters that CMX 3600 has for one


def timeline(manifest: Manifest, cuts: Sequence[Cut], form: Form) -> str:
    """These cuts of the master one after the other; why each was chosen stands beside it."""
    plan = manifest.plan
    assert isinstance(plan, VideoPlan)  # noqa: S101 - nothing is cut from a photo
    rate = float(plan.encoding.frame_rate)
    track = otio.schema.Track("V", kind=otio.schema.TrackKind.Video)
    track.extend([_clip(manifest, plan, cut, number, rate) for number, cut in enumerate(cuts, 1)])
    made = otio.schema.Timeline(manifest.campaign)
    made.tracks.append(track)
    options: dict[str, Any] = {"rate": rate} if form == "edl" else {}
    written: str = otio.adapters.write_to_string(made, _ADAPTERS[form], **options)
    return written


def _clip(manifest: Manifest, plan: VideoPlan, cut: Cut, number: int, rate: float) -> Any:
    sha256 = manifest.original.sha256
    there = otio.schema.ExternalReference(plan.master.name, _range(Fraction(0), plan.duration, rate))
    there.name = sha256[:_REEL_NAME]
    clip = otio.schema.Clip(f"clip-{number}", there, _range(cut.start, cut.end, rate))
    clip.metadata["footage"] = {"original": sha256, "recipe": manifest.recipe, "reasons": list(cut.reasons)}
    clip.metadata["cmx_3600"] = {"reel": sha256[:_REEL_NAME], "comments": list(cut.reasons)}
    return clip


def _range(start: Fraction, end: Fraction, rate: float) -> Any:
    """In whole frames."""
    first, last = (round(time * Fraction(rate).limit_denominator(1001)) for time in (start, end))
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(last - first, rate)
    )


def stretches(text: str, form: Form, rate: Fraction) -> tuple[Span, ...]:
    """What of the master such a file uses, in its order; it may have come from another program. Raises WrongUse."""
    options: dict[str, Any] = {"rate": float(rate)} if form == "edl" else {}
    try:
        read = otio.adapters.read_from_string(text, _ADAPTERS[form], **options)
        found = tuple(
            _span(clip, rate) for track in read.video_tracks() for clip in track.find_clips() if _is_film(clip)
        )
    except Exception as error:  # adapters raise whatever they meet
        raise WrongUse(
            f"{form}: {type(error).__name__}: {error}", text="无法读取剪辑表，请确认是 EDL 或 OTIO 文件。"
        ) from error
    if not found:
        raise WrongUse(f"{form}: no clips", text="剪辑表中没有片段。")
    return found


def _is_film(clip: Any) -> bool:
    """Switched on, and not made up by the program: black, bars, a title."""
    made_up = isinstance(clip.media_reference, otio.schema.GeneratorReference)
    return clip.enabled and not made_up and clip.name not in _MADE_UP


def _span(clip: Any, rate: Fraction) -> Span:
    """From the beginning of the film, wherever the program's clock begins."""
    exact, used = rate.limit_denominator(1001), clip.trimmed_range()
    there = clip.media_reference.available_range if clip.media_reference else None
    first = used.start_time - there.start_time if there else used.start_time
    start, length = (Fraction(round(time.rescaled_to(float(rate)).value)) / exact for time in (first, used.duration))
    return start, start + length
