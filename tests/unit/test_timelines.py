"""What an editor's program has written down: the film's own stretches, and nothing twice."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pycmx
import pytest

from pipelines.domain.errors import WrongUse
from pipelines.domain.model import Cut, Manifest, Original
from pipelines.tools.timelines import stretches, timeline
from tests.unit.facts import video, video_plan

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


FILM = Manifest(2, "县", Original("a" * 64, 1), "r" * 24, video(), video_plan(), (), ())
CUTS = (
    Cut(Fraction(1), Fraction(3), 1.0, ("人物露脸 2 秒",)),
    Cut(Fraction(4), Fraction(6), 1.0, ("V    C",)),
    Cut(Fraction(7), Fraction(10), 1.0, ()),
)
SPANS = tuple((cut.start, cut.end) for cut in CUTS)


@pytest.mark.parametrize("form", ["edl", "otio"])
@pytest.mark.parametrize("joined", [False, True])
def test_what_is_written_is_read_back_to_the_frame(form, joined):
    text = timeline(FILM, CUTS, form, joined=joined)

    assert stretches(text, form, FILM.plan.encoding.frame_rate) == SPANS


def test_an_edl_takes_picture_and_sound_by_another_reader():
    text = timeline(FILM, CUTS, "edl")
    read = pycmx.parse_cmx3600(io.StringIO(text))

    edits = [edit for event in read.events for edit in event.edits]

    assert "FCM: NON-DROP FRAME" in text.splitlines()
    assert [(edit.channels.v, edit.channels.a1, edit.channels.a2) for edit in edits] == [(True, True, True)] * 3
    assert [(edit.source_in, edit.source_out) for edit in edits] == [
        ("00:00:01:00", "00:00:03:00"),
        ("00:00:04:00", "00:00:06:00"),
        ("00:00:07:00", "00:00:10:00"),
    ]
    assert edits[-1].record_out == "00:00:07:00"
    assert "* V    C" in text.splitlines()  # a reason is no event


def test_a_reel_has_its_dissolves_by_another_reader():
    text = timeline(FILM, CUTS, "edl", joined=True)
    read = pycmx.parse_cmx3600(io.StringIO(text))

    edits = [edit for event in read.events for edit in event.edits]

    assert re.findall(r"^(\d{3})  aaaaaaaa AA/V  D (\d{3}) ", text, re.MULTILINE) == [("002", "012"), ("003", "012")]
    assert edits[0].source_out == "00:00:02:18"  # at 30 frames a second, two share twelve
    assert edits[-1].record_out == "00:00:06:06"
    reel = otio.adapters.read_from_string(timeline(FILM, CUTS, "otio", joined=True), "otio_json")
    kinds = [otio.schema.Transition in [type(item) for item in track] for track in reel.tracks]
    assert kinds == [True, True]


def test_a_station_that_leaves_numbers_out_of_its_time_code_is_told_so():
    encoding = replace(FILM.plan.encoding, frame_rate=Fraction(30_000, 1001), channels=1)
    film = replace(FILM, plan=replace(FILM.plan, encoding=encoding))

    text = timeline(film, CUTS, "edl")

    assert "FCM: DROP FRAME" in text.splitlines()
    assert re.search(r"^001  aaaaaaaa B     C ", text, re.MULTILINE)
