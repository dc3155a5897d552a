"""One machine under load: who comes first, what a killed worker leaves, how it stops. One run, in this order.

FOOTAGE_LANES_MINUTES=120 makes the films as long as a meeting; `-s` shows the figures.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from storage.ledger import Ledger
from storage.records import Job
from tests.media import clips
from tests.shell.processes import at_rest
from tests.unit.facts import unread_rules
from tests.up import Machine, left_behind, running_machine

MINUTES = int(os.environ.get("FOOTAGE_LANES_MINUTES", "1"))  # by the county's rules one minute takes many
FILMS = ("--films", "2")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's, whose films take long; of photos no words are read."""
    path = tmp_path_factory.mktemp("campaign") / "unread.toml"
    path.write_text(unread_rules(), encoding="utf-8")
    return path


def variables(rules: Path) -> dict[str, str]:
    return {"FOOTAGE_CAMPAIGN": str(rules), "FOOTAGE_DRAIN_SECONDS": "1"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Iterator[tuple[Machine, list[str]]]:
    """A machine with two film workers, each at a film."""
    folder = tmp_path_factory.mktemp("busy")
    film = clips.repeated(folder / "film.mp4", clips.Clip(seconds=4, width=320, height=180), 15 * MINUTES)
    other = folder / "other.mp4"
    clips.ffmpeg("-i", str(film), "-c", "copy", "-metadata", "title=other", str(other))
    with running_machine(folder / "home", *FILMS, **variables(rules)) as machine:
        films = [machine.footage("submit", path, "--bulk", "--json").objects[0]["job"] for path in (film, other)]
        for job in films:
            until(lambda job=job: of(machine, job).stage == "render", within=600)
        yield machine, films


def of(machine: Machine, job: str) -> Job:
    """As the ledger has it: the films leave a command line little to start with."""
    with ledger_of(machine) as ledger:
        found: Job = ledger.job(job)
    return found


def until(true: Callable[[], bool], within: float = 40) -> float:
    """Seconds until it is."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within
        time.sleep(0.1)
    return time.monotonic() - began


def ledger_of(machine: Machine) -> Any:
    return closing(Ledger(f"sqlite:///{machine.footage.home / 'ledger.sqlite'}"))


def worker_of(machine: Machine, job: str) -> int:
    with ledger_of(machine) as ledger:
        ((_, holder),) = ledger.leases.holders(f"job:{job}")
    return int(holder.rpartition(":")[2])


def test_a_photo_and_an_urgent_clip_start_within_two_seconds_beside_two_films(busy, tmp_path):
    machine, _ = busy
    Image.effect_noise((1920, 1080), 40).save(tmp_path / "photo.jpg")
    clips.make(tmp_path / "clip.mp4", clips.Clip(seconds=1))

    photo = machine.footage("submit", tmp_path / "photo.jpg", "--json").objects[0]["job"]
    urgent = machine.footage("submit", tmp_path / "clip.mp4", "--urgent", "--json").objects[0]["job"]
    until(lambda: all(of(machine, job).started for job in (photo, urgent)))

    waits = [of(machine, job).started - of(machine, job).queued for job in (photo, urgent)]
    machine.footage("cancel", photo, urgent)  # they have started: their ends are others' tests
    print(f"beside two films of {MINUTES} minutes: photo after {waits[0]:.2f} s, urgent clip after {waits[1]:.2f} s")
    assert max(waits) < 2


def test_a_job_whose_worker_was_killed_runs_again_within_twenty_seconds_and_the_second_time_it_is_held(busy):
    machine, (job, other) = busy
    first = of(machine, job).started

    with at_rest(worker_of(machine, other)):
        os.kill(worker_of(machine, job), signal.SIGKILL)
        took = until(lambda: of(machine, job).started > first)
        again = of(machine, job)
        os.kill(worker_of(machine, job), signal.SIGKILL)
        until(lambda: of(machine, job).state == "held")
    held = of(machine, job)
    released = machine.footage("release", job, "--json").objects[0]
    until(lambda: of(machine, job).state == "running")

    print(f"after kill -9 of its worker a job runs again within {took:.1f} s")
    assert took < 20
    assert (again.state, again.attempts, again.deaths) == ("running", 1, 1)
    assert (held.code, held.deaths) == ("quarantined", 2)
    assert "footage release" in held.findings[0].text
    assert (released["state"], released["deaths"]) == ("queued", 0)


@pytest.fixture(scope="module")
def heir(busy: tuple[Machine, list[str]], rules: Path) -> Iterator[tuple[Machine, str]]:
    """The machine that was started where `busy` was killed, and a photo that came when there was none."""
    machine, _ = busy
    home = machine.footage.home
    Image.new("RGB", (1920, 1080), "teal").save(home.parent / "late.jpg")
    machine.process.kill()
    machine.process.wait()
    until(lambda: not [line for line in left_behind(home) if "valkey" not in line])
    photo = machine.footage("submit", home.parent / "late.jpg", "--json").objects[0]["job"]
    with running_machine(home, *FILMS, **variables(rules)) as next_one:
        yield next_one, photo


def test_children_of_a_machine_that_was_killed_end_and_the_next_one_takes_over_its_queue(heir):
    machine, photo = heir

    ended = machine.ended(photo)

    assert ended["state"] == "published"


def test_a_machine_that_is_told_to_stop_hands_its_films_back_and_leaves_nothing_running(busy, heir):
    (_, films), (machine, _) = busy, heir
    until(lambda: all((of(machine, job).state, of(machine, job).stage) == ("running", "render") for job in films), 600)
    before = [of(machine, job) for job in films]

    machine.process.send_signal(signal.SIGTERM)
    took = until(lambda: machine.process.poll() is not None)

    after = [of(machine, job) for job in films]
    assert took < 15
    assert [job.state for job in after] == ["queued", "queued"]
    assert [job.deaths for job in after] == [job.deaths for job in before]
    assert [job.attempts for job in after] == [0, 0]
    assert not left_behind(machine.footage.home)
