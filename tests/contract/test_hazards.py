"""Hazards are entered all or none, keep their numbers, and are changed only as they were read."""

from __future__ import annotations

import pytest

from storage.base import Unavailable
from tests.contract.helpers import at_once

ROW = {
    "number": "",
    "unit": "河婆街道",
    "place": "罐区",
    "text": "围堰开裂",
    "level": "重大隐患",
    "found": "2020-06-16",
    "deadline": "",
    "responsible": "王五",
    "measure": "",
    "state": "open",
    "done": "",
    "pair": "",
    "items": (),
    "author": "李",
}


def row(**changes):
    return {**ROW, **changes}


def test_hazards_without_a_number_get_the_next_of_the_year_and_are_known_again(ledger):
    made = ledger.hazards.put([row(), row(place="乙地"), row(number="X-1", place="丙地")], 2020)
    again = ledger.hazards.put([row(responsible="赵六"), row(number="X-1", place="丁地")], 2020)

    assert [(one.number, new) for one, new in made] == [("2020-0001", True), ("2020-0002", True), ("X-1", True)]
    assert [(one.number, one.revision, new) for one, new in again] == [("2020-0001", 2, False), ("X-1", 2, False)]
    assert [(one.number, one.place, one.responsible) for one in ledger.hazards.all()] == [
        ("2020-0001", "罐区", "赵六"),
        ("2020-0002", "乙地", "王五"),
        ("X-1", "丁地", "王五"),
    ]


def test_a_number_that_somebody_took_is_left_out(ledger):
    ledger.hazards.put([row(number="2020-0001")], 2020)

    [(made, _)] = ledger.hazards.put([row(place="乙地")], 2020)

    assert made.number == "2020-0002"


def test_a_row_leaves_what_it_does_not_name_and_another_units_hazard_as_it_is(ledger):
    ledger.hazards.put([row(measure="修补", pair="罐区-1", items=("a",))], 2020)
    lacks = {"measure", "pair", "items"}
    partly = {name: value for name, value in row(number="2020-0001").items() if name not in lacks}

    [(made, new)] = ledger.hazards.put([partly], 2020, "河婆街道")
    refused = ledger.hazards.put([row(number="2020-0001", unit="龙潭镇")], 2020, "龙潭镇")

    assert (made.measure, made.pair, made.items, new) == ("修补", "罐区-1", ("a",), False)
    assert refused is None
    assert ledger.hazards.all()[0].unit == "河婆街道"
    assert ledger.hazards.add(row(number="2020-0001"), 2020) is None


def test_a_given_number_is_named_by_no_other_row(ledger):
    made = ledger.hazards.put([row(), row(place="乙地", number="2020-0001")], 2020)

    assert [(one.number, one.place, new) for one, new in made] == [
        ("2020-0002", "罐区", True),
        ("2020-0001", "乙地", True),
    ]


def test_rows_are_entered_all_or_none(ledger):
    with pytest.raises(Unavailable):
        ledger.hazards.put([row(), {"number": "Y"}], 2020)

    assert ledger.hazards.all() == []


def test_a_hazard_is_changed_only_as_it_was_read_and_takes_no_others_number(ledger):
    (first, _), (second, _) = ledger.hazards.put([row(), row(place="乙地")], 2020)
    good = {**row(number=first.number, items=("a", "b")), "author": "赵"}

    saved = ledger.hazards.save(first.id, 1, good)

    assert (saved.revision, saved.items, saved.author) == (2, ("a", "b"), "赵")
    assert ledger.hazards.save(first.id, 1, good) is None
    assert ledger.hazards.save(first.id, 2, {**good, "number": second.number}) is None
    assert ledger.hazards.of(first.id) == saved
    assert ledger.hazards.of("nothing") is None


def test_hazards_of_one_unit_are_found_alone(ledger):
    ledger.hazards.put([row(), row(unit="龙潭镇")], 2020)

    assert [one.unit for one in ledger.hazards.all("龙潭镇")] == ["龙潭镇"]


def test_numbers_that_are_given_at_once_differ(ledger):
    made = at_once(4, lambda number: ledger.hazards.put([row(place=f"{number}")], 2020)[0][0].number)

    assert sorted(made) == ["2020-0001", "2020-0002", "2020-0003", "2020-0004"]
