"""What an editor asks for: times read, held to whole frames of the film, joined with what was decided before."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipelines.domain.errors import WrongUse
from pipelines.domain.planning.edit_requests import (
    EDIT_REQUEST,
    EditRequest,
    checked,
    held_in_memory,
    on_frames,
    parse_listed,
    parse_stretch,
    parse_time,
)

RATE, LENGTH = Fraction(30_000, 1001), Fraction(60)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("83.5", "167/2"),
        ("167/2", "167/2"),
        ("1:23.5", "167/2"),
        ("00:01:23.500", "167/2"),
        (" 7 ", "7"),
        ("0", "0"),
        ("5/007", "5/7"),
        ("0.3333333333333333", "0.3333333333333333"),
    ],
)
def test_times_are_exact(text, seconds):
    assert parse_time(text) == Fraction(seconds)


@pytest.mark.parametrize("text", ["", "x", "-3", "1e5", "nan", "5/0", "5/00", "1:2:3:4", "1:", "٣", "9" * 40])
def test_what_is_no_time_is_told(text):
    with pytest.raises(WrongUse, match="not a time"):
        parse_time(text)


def test_a_stretch_has_two_ends():
    assert parse_stretch("00:01:05-00:01:20.5") == (Fraction(65), Fraction(161, 2))
    with pytest.raises(WrongUse, match="not IN-OUT"):
        parse_stretch("65")


def test_a_file_of_cuts_may_be_a_list_or_what_the_machine_printed():
    listed = [{"start": "3/2", "end": "0:10"}, {"start": 20, "end": 25.5}]
    expected = ((Fraction(3, 2), Fraction(10)), (Fraction(20), Fraction(51, 2)))

    assert parse_listed(listed) == parse_listed({"job": "x", "cuts": listed}) == expected


@pytest.mark.parametrize("value", [None, 3, {}, [3], [{"start": 1}], {"cuts": {"start": 1}}])
def test_what_is_no_list_of_cuts_is_told(value):
    with pytest.raises(WrongUse):
        parse_listed(value)


def test_cuts_are_held_to_whole_frames_and_say_who_chose_them():
    (cut,) = on_frames([(Fraction(1), Fraction(10))], RATE, LENGTH, "李")

    assert (cut.start, cut.end) == (30 / RATE, 300 / RATE)
    assert cut.reasons == ("编辑选定（李）",)


@pytest.mark.parametrize(
    ("start", "end", "code"), [(50, 61, "cut-outside"), (10, 10, "cut-backwards"), (9, 8, "cut-backwards")]
)
def test_what_can_not_be_cut_is_told(start, end, code):
    with pytest.raises(WrongUse) as told:
        on_frames([(Fraction(start), Fraction(end))], RATE, LENGTH, "")

    assert told.value.code == code


def test_a_cut_to_the_very_end_ends_with_the_film():
    (cut,) = on_frames([(Fraction(50), LENGTH)], Fraction(30), LENGTH, "")

    assert cut.end == LENGTH


def test_what_was_decided_before_stands_until_it_is_decided_anew():
    first = EditRequest().with_({"cuts": [(Fraction(1), Fraction(9))], "reel": [], "channels": ["web"], "editor": "李"})
    then = first.with_({"cuts": [], "reel": [(Fraction(2), Fraction(8))], "channels": ["tv", "web"], "editor": ""})

    assert then == EditRequest(((Fraction(1), Fraction(9)),), ((Fraction(2), Fraction(8)),), ("web", "tv"), "李")
    assert EditRequest().is_empty
    assert not then.is_empty


def test_a_decision_is_the_same_after_it_was_written_down():
    decision = EditRequest(((Fraction(1, 3), Fraction(9)),), (), ("web",), "李")

    assert EDIT_REQUEST.validate_json(EDIT_REQUEST.dump_json(decision)) == decision


@pytest.mark.parametrize(
    "decision",
    [
        EditRequest(editor="李" * 61),
        EditRequest(editor="\udcff", channels=("web",)),
        EditRequest(tuple((Fraction(n), Fraction(n + 1)) for n in range(101))),
        EditRequest(channels=("x" * 81,)),
        EditRequest(((Fraction(-1), Fraction(3)),)),
    ],
)
def test_what_could_not_be_kept_is_not_begun(decision):
    with pytest.raises(WrongUse) as told:
        checked(decision)

    assert told.value.code == "decision-invalid"


def test_the_longest_name_still_fits_into_the_reason():
    decision = checked(EditRequest(((Fraction(1), Fraction(9)),), editor="李" * 60))

    (cut,) = on_frames(decision.cuts, RATE, LENGTH, decision.editor)

    assert len(cut.reasons[0]) <= 80


def test_what_can_not_be_held_in_memory_is_told():
    (long,) = on_frames([(Fraction(0), Fraction(601))], RATE, Fraction(5000), "")
    piece = on_frames([(Fraction(0), Fraction(500))], RATE, Fraction(5000), "")

    held_in_memory(piece, piece * 2)
    for cuts, reel in (((long,), ()), ((), piece * 3)):
        with pytest.raises(WrongUse) as told:
            held_in_memory(cuts, reel)
        assert told.value.code == "cut-too-long"
