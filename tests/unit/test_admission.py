"""What a job takes of its machine, and whether that is there."""

from __future__ import annotations

from dataclasses import asdict, replace
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from pipelines.scheduling.admission import Machine, Needs, fits, needs_of
from tests.unit.facts import image, photo_plan, quick, video, video_plan

MB, GB = 1 << 20, 1 << 30
ROOMY = Machine(disk=1000 * GB, memory=64 * GB, cores=2)  # nothing but the cores is scarce
SIZE = 300 * MB
UHD = {"width": 3840, "height": 2160}


def film(frame_rate: int = 30, **changes: int) -> Needs:
    """What a film takes whose picture is rendered."""
    changed = {"frame_rate": Fraction(frame_rate), **changes}
    return needs_of(video_plan(**changed), video(**changed), SIZE)


def photo(**changes: int) -> Needs:
    return needs_of(photo_plan(**changes), image(**changes), SIZE)


# ---- what a job takes


def test_a_film_takes_its_base_and_a_dozen_frames_of_the_original() -> None:
    plan = video_plan()

    needs = needs_of(plan, video(), SIZE)

    assert "picture" not in plan.copied
    assert needs == Needs(SIZE + plan.scratch, 560 * MB + 14 * 1920 * 1080 * 3, 1)


def test_a_film_whose_picture_is_copied_takes_less_memory_and_one_core_whatever_its_size() -> None:
    plan = replace(video_plan(**UHD), copied=("picture",))

    assert needs_of(plan, video(**UHD), SIZE) == Needs(SIZE + plan.scratch, 300 * MB + 14 * 3840 * 2160 * 3, 1)


def test_a_film_whose_sound_alone_is_copied_takes_as_much_as_any() -> None:
    plan = replace(video_plan(**UHD), copied=("sound",))

    assert needs_of(plan, video(**UHD), SIZE) == film(**UHD)


def test_a_photo_takes_memory_by_its_pixels_and_no_core() -> None:
    plan = photo_plan()

    assert needs_of(plan, image(), SIZE) == Needs(SIZE + plan.scratch, 200 * MB + 4000 * 3000 * 12, 0)


@pytest.mark.parametrize(
    ("width", "height", "frame_rate", "cores"),
    [
        (640, 480, 25, 1),
        (1920, 1080, 30, 1),
        (1920, 1080, 60, 1),  # a phone's most common film still leaves room for another
        (1920, 1080, 61, 2),
        (3840, 2160, 25, 2),
        (3840, 2160, 30, 2),
        (3840, 2160, 60, 4),
        (7680, 4320, 30, 8),
    ],
)
def test_cores_go_by_pixels_a_second(width: int, height: int, frame_rate: int, cores: int) -> None:
    assert film(frame_rate, width=width, height=height).cores == cores


def test_needs_are_kept_as_the_ledger_keeps_them_and_read_back() -> None:
    needs = film(**UHD)

    assert needs.row() == asdict(needs) == {"disk": needs.disk, "memory": needs.memory, "cores": 2}
    assert Needs(**needs.row()) == needs


# ---- whether it is there


def test_two_films_of_full_hd_share_two_cores_and_a_third_waits() -> None:
    one = film()

    assert fits(one, [one], ROOMY)
    assert not fits(one, [one, one], ROOMY)


def test_two_films_of_4k_do_not_share_two_cores_nor_does_one_with_one_of_full_hd() -> None:
    large, small = film(**UHD), film()

    assert not fits(large, [large], ROOMY)
    assert not fits(large, [small], ROOMY)
    assert not fits(small, [large], ROOMY)
    assert fits(large, [large], replace(ROOMY, cores=4))


@pytest.mark.parametrize("needs", [film(60, width=7680, height=4320), photo(width=30_000, height=30_000)])
def test_a_machine_with_nothing_else_takes_any_job_that_its_disk_can_hold(needs: Needs) -> None:
    small = Machine(disk=needs.disk, memory=1, cores=1)

    assert fits(needs, [], small)
    assert not fits(needs, [], replace(small, disk=needs.disk - 1))


def test_a_photo_needs_no_core() -> None:
    busy = [film(), film()]

    assert fits(photo(), busy, ROOMY)
    assert fits(photo(), [photo()] * 20, ROOMY)


def test_photos_take_no_core_from_a_film() -> None:
    assert fits(film(**UHD), [photo()] * 20, ROOMY)
    assert fits(film(), [photo(), film()], ROOMY)


@pytest.mark.parametrize("needs", [film(), photo()], ids=["film", "photo"])
def test_beside_others_the_last_byte_of_memory_decides(needs: Needs) -> None:
    others = [film(), photo()]
    exactly = needs.memory + sum(other.memory for other in others)

    assert fits(needs, others, replace(ROOMY, memory=exactly))
    assert not fits(needs, others, replace(ROOMY, memory=exactly - 1))


@pytest.mark.parametrize("needs", [film(), photo()], ids=["film", "photo"])
def test_beside_others_the_last_byte_of_disk_decides(needs: Needs) -> None:
    others = [film(), photo()]
    exactly = needs.disk + sum(other.disk for other in others)

    assert fits(needs, others, replace(ROOMY, disk=exactly))
    assert not fits(needs, others, replace(ROOMY, disk=exactly - 1))


def test_before_a_plan_is_known_a_job_asks_for_its_original_and_little_memory() -> None:
    assert Needs(SIZE) == Needs(disk=SIZE, memory=200 * MB, cores=0)


_needs = st.builds(Needs, st.integers(0, 100), st.integers(0, 100), st.integers(0, 4))
_machines = st.builds(Machine, st.integers(0, 300), st.integers(1, 300), st.integers(1, 8))


@quick
@given(needs=_needs, others=st.lists(_needs, max_size=4), machine=_machines)
def test_whoever_goes_leaves_room_and_takes_none(needs: Needs, others: list[Needs], machine: Machine) -> None:
    admitted = fits(needs, others, machine)

    for number in range(len(others)):
        assert not admitted or fits(needs, others[:number] + others[number + 1 :], machine)
    assert not admitted or needs.disk + sum(other.disk for other in others) <= machine.disk
    assert not (admitted and needs.cores and any(other.cores for other in others)) or (
        needs.cores + sum(other.cores for other in others) <= machine.cores
    )
