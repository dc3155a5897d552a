"""Photos that look the same are seen as the sharpest of them, with the others under it."""

from __future__ import annotations

from tests.contract.helpers import names, submit


def burst(ledger, **sharpness: float) -> dict[str, str]:
    made = {name: submit(ledger, name=name, state="published").id for name in sharpness}
    ledger.bursts.join({made[name]: value for name, value in sharpness.items()})
    return made


def test_the_sharpest_stands_for_all(ledger):
    alone = submit(ledger, name="alone")
    made = burst(ledger, blurred=10.0, sharp=90.0, soft=40.0)

    assert names(ledger.find(stacked=True)) == ["sharp", "alone"]
    assert sorted(names(ledger.find(burst=made["soft"]))) == ["blurred", "sharp", "soft"]
    assert ledger.bursts.sizes([made["sharp"], alone.id]) == {made["sharp"]: 3}


def test_a_sharper_photo_that_comes_later_takes_the_place(ledger):
    made = burst(ledger, first=10.0, second=20.0)
    best = submit(ledger, name="third", state="published")

    ledger.bursts.join({best.id: 30.0, made["first"]: 10.0})

    assert names(ledger.find(stacked=True)) == ["third"]
    assert ledger.bursts.sizes([best.id]) == {best.id: 3}


def test_a_photo_that_looks_like_two_bursts_makes_one_of_them(ledger):
    one, other = burst(ledger, a=1.0, b=2.0), burst(ledger, c=3.0, d=4.0)
    between = submit(ledger, name="between")

    ledger.bursts.join({between.id: 2.5, one["b"]: 2.0, other["c"]: 3.0})

    assert names(ledger.find(stacked=True)) == ["d"]
    assert sorted(names(ledger.find(burst=one["a"]))) == ["a", "b", "between", "c", "d"]


def test_a_job_in_no_burst_looks_like_none(ledger):
    alone = submit(ledger)

    assert ledger.find(burst=alone.id) == []
    assert ledger.bursts.sizes([alone.id]) == {}


def test_a_best_photo_that_is_no_longer_published_hides_no_other(ledger):
    made = burst(ledger, sharp=90.0, soft=40.0)

    ledger.move(made["sharp"], ["published"], state="failed")

    assert sorted(names(ledger.find(stacked=True))) == ["sharp", "soft"]
