"""An estimate is what the measured rates say of what is made; what was never measured is named."""

from __future__ import annotations

import pytest

from pipelines.domain.estimates import Rate, Remade, estimate, rates_of, scaled

RATES = {"edition": Rate(2.0, 1.0), "again": Rate(0.5, 0.25), "film": Rate(4.0, 3.0), "anew": Rate(1.0, 1.0)}
CAPTION = Remade({"rendition": 2}, 1000, {"edition": 10.0, "again": 1.0})
MASTER = Remade({"master": 1, "clip": 3}, 5000, {"film": 20.0, "anew": 1.0})


def estimated(*remade, rates=RATES, shares=None, waiting=0.0, rate=0):
    return estimate(remade, rates, shares or {"": 1.0}, waiting=waiting, rate=rate)


def test_cpu_time_bytes_and_outputs_are_summed():
    found = estimated(CAPTION, MASTER)

    assert (found.jobs, found.size, dict(found.outputs)) == (2, 6000, {"clip": 3, "master": 1, "rendition": 2})
    assert found.cpu == pytest.approx(10 * 2 + 0.5 + 20 * 4 + 1)
    assert found.seconds == pytest.approx(4 + 2 * 0.4 + 10 * 1 + 0.25 + 20 * 3 + 1)


def test_workers_share_the_work_as_far_as_the_machine_admits_films():
    found = estimated(CAPTION, MASTER, shares={"": 0.25, "film": 1.0}, waiting=7.0)

    assert found.seconds == pytest.approx(4 + 7 + 0.25 * (2 * 0.4 + 10 + 0.25 + 1) + 60)


def test_a_rate_of_jobs_a_minute_makes_it_longer():
    assert estimated(*[Remade({"still": 4}, 9, {"again": 1.0})] * 30, rate=10).seconds == 180.0


def test_what_was_never_measured_is_named_and_what_stands_costs_at_most_what_is_made_anew():
    found = estimated(CAPTION, Remade(unknown=True), rates={"anew": Rate(1.0, 1.0)})

    assert found.unmeasured == ("again", "edition")
    assert (found.cpu, found.unknown) == (1.0, 1)


def test_rates_are_of_what_was_counted():
    counted = {("cpu", "film"): 8.0, ("run", "film"): 6.0, ("units", "film"): 2.0, ("units", "photo"): 0.0}

    assert rates_of(counted) == {"film": Rate(4.0, 3.0)}


def test_six_steps_of_crf_halve_a_film():
    assert [scaled(1000, 22, crf) for crf in (22, 28, 16)] == [1000, 500, 2000]


@pytest.mark.parametrize("remade", [Remade({"master": 1}), Remade(unknown=True), Remade(unsettled=True)])
def test_only_what_would_be_made_alike_is_nothing(remade):
    assert not remade.is_nothing
    assert Remade(units={"again": 1.0}).is_nothing
