"""An edit that was asked for waits until it is made, told to be impossible, or replaced by a newer one."""

from __future__ import annotations

from storage.ledger import Ledger


def ask(ledger: Ledger, job: str = "a", **request: object):
    return ledger.wanted_edits.ask(job, request or {"cuts": [["1", "2"]]}, "base", "li", "李编辑")


def test_the_edit_asked_for_first_is_made_first(ledger):
    first, second = ask(ledger, "b"), ask(ledger, "a")

    assert [edit.job for edit in ledger.wanted_edits.due()] == ["b", "a"]
    assert ledger.wanted_edits.count_due() == 2
    ledger.wanted_edits.done(first)
    assert ledger.wanted_edits.due() == [second]


def test_a_newer_edit_takes_the_place_and_survives_the_end_of_the_older(ledger):
    older = ask(ledger, cuts=[["1", "2"]])
    newer = ask(ledger, cuts=[["3", "4"]])

    ledger.wanted_edits.progress(older, 90.0)
    ledger.wanted_edits.give_up(older, "不行")
    ledger.wanted_edits.done(older)

    assert ledger.wanted_edits.of("a") == newer
    assert newer.request == {"cuts": [["3", "4"]]}


def test_an_edit_that_has_to_wait_is_not_due_and_one_that_is_given_up_never_is(ledger):
    waiting, hopeless = ask(ledger, "a"), ask(ledger, "b")

    ledger.wanted_edits.begin(waiting)
    ledger.wanted_edits.postpone(waiting, 60.0)
    ledger.wanted_edits.give_up(hopeless, "片段太短")

    assert ledger.wanted_edits.due() == []
    assert ledger.wanted_edits.count_due() == 0
    kept, given_up = ledger.wanted_edits.of("a"), ledger.wanted_edits.of("b")
    assert kept
    assert given_up
    assert (kept.tries, kept.failure) == (1, "")
    assert given_up.failure == "片段太短"
