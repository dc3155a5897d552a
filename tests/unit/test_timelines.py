"""What an editor's program has written down: the film's own stretches, and nothing twice."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest

from pipelines.domain.errors import WrongUse
from pipelines.tools.timelines import stretches

RATE = Fraction(25)
HEAD = "TITLE: x\nFCM: NON-DROP FRAME\n\n"


def event(number: int, reel: str, track: str, start: str, end: str) -> str:
    return f"{number:03d}  {reel:8} {track:5} C        {start} {end} {start} {end}\n"


def test_sound_of_the_same_event_is_not_another_cut():
    edl = HEAD + event(1, "AX", "AA/V", "00:00:01:00", "00:00:03:00")

    assert stretches(edl, "edl", RATE) == ((Fraction(1), Fraction(3)),)


def test_black_is_no_film():
    edl = HEAD + event(1, "BL", "V", "00:00:00:00", "00:00:02:00") + event(2, "AX", "V", "00:00:05:00", "00:00:08:12")

    assert stretches(edl, "edl", RATE) == ((Fraction(5), Fraction(8) + Fraction(12, 25)),)


def span(start: float, length: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start * 25, 25), otio.opentime.RationalTime(length * 25, 25)
    )


def written(*clips: otio.schema.Clip, sound: bool = True) -> str:
    made = otio.schema.Timeline("x")
    for kind in (otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio)[: 1 + sound]:
        track = otio.schema.Track(kind, kind=kind)
        track.extend([clip.clone() for clip in clips])
        made.tracks.append(track)
    return otio.adapters.write_to_string(made, "otio_json")


def test_only_what_is_seen_counts_from_where_the_film_begins():
    hour = otio.schema.ExternalReference("master.mp4", span(3600, 60))
    used = otio.schema.Clip("a", hour, span(3605, 4))
    off = otio.schema.Clip("b", hour, span(3610, 4))
    off.enabled = False
    bars = otio.schema.Clip("c", otio.schema.GeneratorReference("bars", "SMPTEBars"), span(0, 3))

    assert stretches(written(used, off, bars), "otio", RATE) == ((Fraction(5), Fraction(9)),)


@pytest.mark.parametrize(("text", "form"), [("", "edl"), ("rubbish", "otio"), (HEAD, "edl"), ("{}", "otio")])
def test_what_holds_no_film_is_told(text, form):
    with pytest.raises(WrongUse):
        stretches(text, form, RATE)
