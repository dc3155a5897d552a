"""Photos that look the same are found, on every ledger."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from storage.records import Print
from tests.contract.helpers import wait_for_waiting

BITS = "00ff00ff00ff00ff"


def photo(number: int, bits: int, sharpness: float = 100.0) -> Print:
    return Print(f"{number:064x}", f"{bits:016x}", sharpness, f"job-{number}")


def test_the_nearest_comes_first_and_the_photo_itself_is_not_its_own_duplicate(ledger):
    base = 0x00FF00FF00FF00FF
    for number, flipped in enumerate([0b111, 0b1, 0b111111, 0b0]):
        ledger.prints.add(photo(number, base ^ flipped))

    found = ledger.prints.near(photo(3, base), 5)

    assert [one.job for one in found] == ["job-1", "job-0"]


def test_as_many_bits_as_allowed_are_near_and_one_more_is_not(ledger):
    ledger.prints.add(photo(1, 0b11111))
    ledger.prints.add(photo(2, 0b111111))

    assert [one.job for one in ledger.prints.near(photo(9, 0), 5)] == ["job-1"]


def test_wherever_the_differing_bits_lie_as_many_as_allowed_are_near(ledger):
    for number, flipped in enumerate([1 | 1 << 12 | 1 << 24 | 1 << 36 | 1 << 48, 0x8000_0100_0020_0401]):
        ledger.prints.add(photo(number, int(BITS, 16) ^ flipped))

    found = ledger.prints.near(photo(9, int(BITS, 16)), 5)

    assert {one.job for one in found} == {"job-0", "job-1"}


def test_a_second_delivery_of_the_same_original_changes_nothing(ledger):
    ledger.prints.add(photo(1, 7, sharpness=50.0))
    ledger.prints.add(Print(f"{1:064x}", f"{0:016x}", 900.0, "another job"))

    assert ledger.prints.near(photo(9, 7), 0) == [photo(1, 7, sharpness=50.0)]


def test_of_two_that_come_together_the_second_sees_the_first(ledger):
    added, go_on = Event(), Event()

    def first() -> list[Print]:
        with ledger.together():
            ledger.prints.add(photo(1, 7))
            added.set()
            assert go_on.wait(20)
            return ledger.prints.near(photo(1, 7), 0)

    def second() -> list[Print]:
        with ledger.together():
            ledger.prints.add(photo(2, 7))
            return ledger.prints.near(photo(2, 7), 0)

    with ThreadPoolExecutor(2) as pool:
        earlier = pool.submit(first)
        assert added.wait(20)
        later = pool.submit(second)
        wait_for_waiting(ledger, 1, later.done)
        go_on.set()

    assert (earlier.result(), later.result()) == ([], [photo(1, 7)])


def test_among_thousands_it_is_found_at_once(ledger):
    with ledger.together():
        for number in range(2_000):
            ledger.prints.add(photo(number, number * 0x9E3779B97F4A7C15 % 2**64))

    began = time.monotonic()
    found = ledger.prints.near(photo(9_999, 1_234 * 0x9E3779B97F4A7C15 % 2**64), 0)

    assert [one.job for one in found] == ["job-1234"]
    assert time.monotonic() - began < 0.5
