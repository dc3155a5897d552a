"""A custody chain tells all that happened, in order, and shows whatever was changed in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import update

from storage.custody import digest, is_unbroken
from storage.ledger import Ledger
from storage.records import Event
from storage.schema import custody
from tests.contract.helpers import (
    OTHER,
    SUBJECT,
    at_once,
)

DETAILS: list[tuple[str, dict[str, Any]]] = [
    ("received", {"size": 5 * 2**40, "note": "原件 😀"}),
    ("published", {"manifest": "m", "share": 0.1, "codes": ["late", "too-small"], "none": None}),
    ("withdrawn", {}),
]


@pytest.fixture
def recorded(ledger: Ledger) -> Ledger:
    for kind, detail in DETAILS:
        ledger.custody.record(SUBJECT, kind, f"job of {kind}", **detail)
        ledger.custody.record(OTHER, kind, "job", **detail)
    return ledger


def test_a_custody_chain_tells_what_happened_in_order(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert [(event.kind, event.detail) for event in chain] == DETAILS
    assert [event.sequence for event in chain] == [1, 2, 3]
    assert {event.subject for event in chain} == {SUBJECT}
    assert chain[1].job == "job of published"
    assert abs(chain[0].at - time.time()) < 60
    assert [event.at for event in chain] == sorted(event.at for event in chain)


def test_each_event_carries_the_digest_of_the_one_before(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert [event.previous for event in chain] == ["", chain[0].digest, chain[1].digest]
    assert len({event.digest for event in chain}) == 3
    assert is_unbroken(chain)
    assert is_unbroken(recorded.custody.chain(OTHER))


def test_what_record_returns_is_what_the_chain_holds(ledger):
    events = [ledger.custody.record(SUBJECT, kind, "job", **detail) for kind, detail in DETAILS]

    assert ledger.custody.chain(SUBJECT) == events


def test_a_chain_without_events_is_unbroken(ledger):
    assert ledger.custody.chain(SUBJECT) == []
    assert is_unbroken([])


def tamper(ledger: Ledger, event: Event, **changes: Any) -> None:
    """Change the row behind the ledger's back."""
    row = update(custody).where(custody.c.subject == event.subject, custody.c.sequence == event.sequence)
    with ledger.behind.begin() as connection:
        assert connection.execute(row.values(**changes)).rowcount == 1


TAMPERED: dict[str, Callable[[Event], object]] = {
    "sequence": lambda event: event.sequence + 10,
    "at": lambda event: event.at + 0.0001,
    "kind": lambda event: event.kind + " ",
    "job": lambda event: "",
    "detail": lambda event: {**event.detail, "note": "原件"},
    "previous": lambda event: sha256(event.previous.encode()).hexdigest(),
    "digest": lambda event: sha256(event.digest.encode()).hexdigest(),
}


@pytest.mark.parametrize("field", TAMPERED)
def test_a_field_changed_in_the_database_breaks_the_chain(ledger, field):
    for subject in ("first", "middle", "last"):
        for kind, detail in DETAILS:
            ledger.custody.record(subject, kind, "job", **detail)

    for number, subject in enumerate(["first", "middle", "last"]):
        tamper(
            ledger,
            ledger.custody.chain(subject)[number],
            **{field: TAMPERED[field](ledger.custody.chain(subject)[number])},
        )
        assert not is_unbroken(ledger.custody.chain(subject))


@pytest.mark.parametrize("field", ["detail", "sequence", "previous"])
def test_an_event_forged_with_a_right_digest_breaks_the_chain(ledger, field):
    for subject in ("first", "middle"):
        for kind, detail in DETAILS:
            ledger.custody.record(subject, kind, "job", **detail)

    for number, subject in enumerate(["first", "middle"]):
        event = ledger.custody.chain(subject)[number]
        forged = replace(event, **{field: TAMPERED[field](event)})
        tamper(ledger, event, **asdict(replace(forged, digest=digest(forged))))
        assert not is_unbroken(ledger.custody.chain(subject))


def test_a_chain_that_skips_a_number_is_broken(recorded):
    first, second, _ = recorded.custody.chain(SUBJECT)
    late = replace(second, sequence=3)

    assert not is_unbroken([first, replace(late, digest=digest(late))])


@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "middle", "last"])
def test_an_event_moved_to_another_subject_is_no_link_there(recorded, number):
    tamper(recorded, recorded.custody.chain(SUBJECT)[number], subject="empty until now")

    assert len(recorded.custody.chain("empty until now")) == 1
    assert not is_unbroken(recorded.custody.chain("empty until now"))


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_removed_before_others_breaks_the_chain(recorded, number):
    with recorded.behind.begin() as connection:
        connection.execute(custody.delete().where(custody.c.subject == SUBJECT, custody.c.sequence == number))

    assert not is_unbroken(recorded.custody.chain(SUBJECT))
    assert is_unbroken(recorded.custody.chain(OTHER))


def test_two_events_swapped_break_the_chain(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert not is_unbroken([chain[1], chain[0], chain[2]])
    assert not is_unbroken([*chain, chain[2]])
    assert not is_unbroken(chain[1:])


def test_eight_threads_that_record_at_once_leave_one_unbroken_chain(ledger):
    at_once(8, lambda number: [ledger.custody.record(SUBJECT, "renewed", f"{number}", turn=turn) for turn in range(4)])

    chain = ledger.custody.chain(SUBJECT)
    assert [event.sequence for event in chain] == list(range(1, 33))
    assert is_unbroken(chain)
    for number in range(8):
        assert [event.detail["turn"] for event in chain if event.job == f"{number}"] == [0, 1, 2, 3]


def test_what_was_recorded_is_not_recorded_again(ledger):
    ledger.custody.record_once(SUBJECT, "published", "first", manifest="m", note="原件")
    ledger.custody.record_once(SUBJECT, "published", "second", note="原件", manifest="m")

    [event] = ledger.custody.chain(SUBJECT)
    assert (event.kind, event.job, event.detail) == ("published", "first", {"manifest": "m", "note": "原件"})


def test_what_differs_in_anything_is_recorded(ledger):
    ledger.custody.record_once(SUBJECT, "published", "job", manifest="m")

    ledger.custody.record_once(SUBJECT, "published", "job", manifest="m2")
    ledger.custody.record_once(SUBJECT, "withdrawn", "job", manifest="m")
    ledger.custody.record_once(OTHER, "published", "job", manifest="m")

    assert [(event.kind, event.detail["manifest"]) for event in ledger.custody.chain(SUBJECT)] == [
        ("published", "m"),
        ("published", "m2"),
        ("withdrawn", "m"),
    ]
    assert len(ledger.custody.chain(OTHER)) == 1
    assert is_unbroken(ledger.custody.chain(SUBJECT))


def test_of_eight_threads_that_record_the_same_once_one_does(ledger):
    ledger.custody.record(SUBJECT, "received", "job", size=7)

    at_once(8, lambda number: ledger.custody.record_once(SUBJECT, "published", f"{number}", manifest="m"))

    chain = ledger.custody.chain(SUBJECT)
    assert [event.kind for event in chain] == ["received", "published"]
    assert is_unbroken(chain)
