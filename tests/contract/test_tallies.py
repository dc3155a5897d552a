"""Counters add up, whoever adds to them at once."""

from __future__ import annotations

from tests.contract.helpers import (
    at_once,
)

LANE = (("lane", "video"),)


def test_what_is_added_is_summed_by_name_and_labels(ledger):
    ledger.tallies.add({("runs", LANE): 1.0, ("runs", (("lane", "照片"),)): 2.0, ("losses", ()): 0.5})
    ledger.tallies.add({("runs", LANE): 0.25, ("seconds", LANE): 1e9})

    assert ledger.tallies.all() == {
        ("losses", ()): 0.5,
        ("runs", LANE): 1.25,
        ("runs", (("lane", "照片"),)): 2.0,
        ("seconds", LANE): 1e9,
    }


def test_where_nothing_was_counted_there_is_nothing(ledger):
    ledger.tallies.add({})

    assert ledger.tallies.all() == {}


def test_what_eight_threads_add_sums_exactly(ledger):
    tallies = [(name, (("lane", lane), ("state", "published"))) for name in ("a", "b") for lane in ("photo", "video")]

    def add(number: int) -> None:
        mine = tallies if number % 2 else tallies[::-1]  # in whichever order: they do not wait for each other
        for turn in range(10):
            ledger.tallies.add(dict.fromkeys(mine, number + turn / 8))

    at_once(8, add)

    assert ledger.tallies.all() == dict.fromkeys(tallies, 10 * sum(range(8)) + 8 * sum(range(10)) / 8)
