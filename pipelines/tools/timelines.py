"""Write and read a publication's cuts in the formats of editing programs: OpenTimelineIO and EDL (CMX 3600)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

import opentimelineio as otio

from pipelines.domain.errors import WrongUse
from pipelines.domain.model import Cut, Manifest, Span, VideoPlan
from pipelines.domain.selection.reels import shared_by_two

Form = Literal["otio", "edl"]

_ADAPTERS = {"otio": "otio_json", "edl": "cmx_3600"}
_MADE_UP = {"BL", "BLACK", "bars"}
_REEL_NAME = 8  # characters that CMX 3600 allows
# An event's number and reel, before the tracks that it takes; and a time code that leaves numbers out.
_PICTURE = re.compile(r"^(\d{3}  .{8} )V    ", re.MULTILINE)
_DROPS = re.compile(r"^\d{3}  .*\d\d;\d\d", re.MULTILINE)


def timeline(manifest: Manifest, cuts: Sequence[Cut], form: Form, *, joined: bool = False) -> str:
    """Return these cuts of the master in order, picture and sound; each carries the reasons why it was chosen.

    `joined`: each two neighbours share a dissolve, as the pieces of a reel do.
    """
    plan = manifest.plan
    assert isinstance(plan, VideoPlan)  # noqa: S101 - nothing is cut from a photo
    made = otio.schema.Timeline(manifest.campaign)
    for kind in (otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio):
        track = otio.schema.Track(kind[0], kind=kind)
        track.extend(list(_items(manifest, plan, cuts, shared_by_two(plan.encoding.frame_rate) if joined else None)))
        made.tracks.append(track)
    if form == "otio":
        return str(otio.adapters.write_to_string(made, _ADAPTERS[form]))
    rate = float(plan.encoding.frame_rate)
    return _with_sound(str(otio.adapters.write_to_string(made, _ADAPTERS[form], rate=rate)), plan.encoding.channels)


def _items(manifest: Manifest, plan: VideoPlan, cuts: Sequence[Cut], shared: Fraction | None) -> Iterator[Any]:
    """Yield the clips, with the dissolves between them; what two share is left out of the first, as an EDL has it."""
    rate = float(plan.encoding.frame_rate)
    for number, cut in enumerate(cuts, 1):
        if shared is None or number == len(cuts):
            yield _clip(manifest, plan, cut, number, rate)
            continue
        yield _clip(manifest, plan, replace(cut, end=cut.end - shared), number, rate)
        length = _range(Fraction(0), shared, rate).duration
        none = otio.opentime.RationalTime(0, rate)
        yield otio.schema.Transition("", otio.schema.TransitionTypes.SMPTE_Dissolve, none, length)


def _with_sound(edl: str, channels: int) -> str:
    """Return an EDL with its count of frames (FCM), whose events take the sound too: the adapter writes pictures only.

    A comment is not touched: its line does not begin with an event's number.
    """
    taken = "B" if channels == 1 else "AA/V"
    title, _, events = edl.partition("\n")
    counted = "DROP FRAME" if _DROPS.search(events) else "NON-DROP FRAME"
    return f"{title}\nFCM: {counted}\n{_PICTURE.sub(lambda event: event[1] + taken.ljust(5), events)}"


def _clip(manifest: Manifest, plan: VideoPlan, cut: Cut, number: int, rate: float) -> Any:
    sha256 = manifest.original.sha256
    there = otio.schema.ExternalReference(plan.master.name, _range(Fraction(0), plan.duration, rate))
    there.name = sha256[:_REEL_NAME]
    clip = otio.schema.Clip(f"clip-{number}", there, _range(cut.start, cut.end, rate))
    clip.metadata["footage"] = {"original": sha256, "recipe": manifest.recipe, "reasons": list(cut.reasons)}
    clip.metadata["cmx_3600"] = {"reel": sha256[:_REEL_NAME], "comments": list(cut.reasons)}
    return clip


def _range(start: Fraction, end: Fraction, rate: float) -> Any:
    """Return the time range in whole frames."""
    first, last = (round(time * Fraction(rate).limit_denominator(1001)) for time in (start, end))
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(last - first, rate)
    )


def stretches(text: str, form: Form, rate: Fraction) -> tuple[Span, ...]:
    """Return the spans of the master that such a file uses, in its order.

    The file may come from another program. Raises WrongUse where it can't be read or has no clips.
    """
    options: dict[str, Any] = {"rate": float(rate)} if form == "edl" else {}
    try:
        read = otio.adapters.read_from_string(text, _ADAPTERS[form], **options)
        found = tuple(
            _span(clip, rate) for track in read.video_tracks() for clip in track.find_clips() if _is_film(clip)
        )
    except Exception as error:  # adapters let exceptions of any class through
        raise WrongUse(
            f"{form}: {type(error).__name__}: {error}", text="无法读取剪辑表，请确认是 EDL 或 OTIO 文件。"
        ) from error
    if not found:
        raise WrongUse(f"{form}: no clips", text="剪辑表中没有片段。")
    return found


def _is_film(clip: Any) -> bool:
    """Tell whether a clip is enabled and not generated by the program (black, bars, a title)."""
    made_up = isinstance(clip.media_reference, otio.schema.GeneratorReference)
    return clip.enabled and not made_up and clip.name not in _MADE_UP


def _span(clip: Any, rate: Fraction) -> Span:
    """Return the clip's span in seconds from the beginning of the film; the program's time code may begin elsewhere."""
    exact, used = rate.limit_denominator(1001), clip.visible_range()  # with its share of a dissolve
    there = clip.media_reference.available_range if clip.media_reference else None
    first = used.start_time - there.start_time if there else used.start_time
    start, length = (Fraction(round(time.rescaled_to(float(rate)).value)) / exact for time in (first, used.duration))
    return start, start + length
