"""One machine under load: who comes first, what a killed worker leaves, how it stops. One run: films take long.

FOOTAGE_LANES_MINUTES=120 makes the films as long as a meeting; `-s` shows the figures.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from storage.ledger import Ledger
from storage.records import Job
from tests.media import clips
from tests.running import Footage
from tests.up import Machine, free_port, left_behind, running_machine, wait_until_up

MINUTES = int(os.environ.get("FOOTAGE_LANES_MINUTES", "4"))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, list[str]]]:
    """A machine with two film workers, each at a film."""
    folder = tmp_path_factory.mktemp("busy")
    short = clips.make(folder / "short.mp4", clips.Clip(seconds=20, width=320, height=180))
    film = folder / "film.mp4"
    clips.ffmpeg("-stream_loop", str(3 * MINUTES - 1), "-i", str(short), "-c", "copy", str(film))
    other = folder / "other.mp4"
    clips.ffmpeg("-i", str(film), "-c", "copy", "-metadata", "title=other", str(other))
    with running_machine(folder / "home", "--films", "2", FOOTAGE_DRAIN_SECONDS="1") as machine:
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


@contextmanager
def at_rest(machine: Machine, job: str) -> Iterator[None]:
    """Let a job's ffmpeg stand still: it is not what the test is about, and the others want the core."""
    worker, named = worker_of(machine, job), subprocess.run(["pgrep", "ffmpeg"], capture_output=True, check=True).stdout
    encoders = [int(process) for process in named.split() if worker in ancestors(int(process))]
    assert encoders
    for process in encoders:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in encoders:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def ancestors(process: int) -> list[int]:
    """The processes above one; none where it has ended."""
    found = [process]
    with suppress(OSError):
        while found[-1] > 1:
            found.append(int(Path(f"/proc/{found[-1]}/stat").read_text().rpartition(")")[2].split()[1]))
    return found[1:]


def test_a_photo_and_an_urgent_clip_start_within_two_seconds_beside_two_films(busy, tmp_path):
    machine, _ = busy
    Image.effect_noise((1920, 1080), 40).save(tmp_path / "photo.jpg")
    clips.make(tmp_path / "clip.mp4", clips.Clip(seconds=1))

    photo = machine.footage("submit", tmp_path / "photo.jpg", "--json").objects[0]["job"]
    urgent = machine.footage("submit", tmp_path / "clip.mp4", "--urgent", "--json").objects[0]["job"]
    until(lambda: all(of(machine, job).started for job in (photo, urgent)))

    waits = [of(machine, job).started - of(machine, job).queued for job in (photo, urgent)]
    print(f"beside two films of {MINUTES} minutes: photo after {waits[0]:.2f} s, urgent clip after {waits[1]:.2f} s")
    assert max(waits) < 2


def test_a_job_whose_worker_was_killed_runs_again_within_twenty_seconds_and_the_second_time_it_is_held(busy):
    machine, (job, other) = busy
    first = of(machine, job).started

    with at_rest(machine, other):
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


def test_a_machine_that_is_told_to_stop_hands_its_films_back_and_leaves_nothing_running(busy):
    machine, films = busy
    before = [of(machine, job) for job in films]

    machine.process.send_signal(signal.SIGTERM)
    took = until(lambda: machine.process.poll() is not None)

    after = [of(machine, job) for job in films]
    assert took < 15
    assert [job.state for job in after] == ["queued", "queued"]
    assert [job.deaths for job in after] == [job.deaths for job in before]
    assert [job.attempts for job in after] == [0, 0]
    assert not left_behind(machine.footage.home)


def test_children_of_a_machine_that_was_killed_end_and_the_next_one_takes_over_its_queue(tmp_path):
    home = tmp_path / "home"
    footage = Footage(home)
    Image.effect_noise((1920, 1080), 40).save(tmp_path / "photo.jpg")
    port = free_port()
    killed = footage.start("up", "--port", str(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as api:
        wait_until_up(api)
    killed.kill()
    killed.wait()
    until(lambda: not [line for line in left_behind(home) if "valkey" not in line])
    job = footage("submit", tmp_path / "photo.jpg", "--json").objects[0]["job"]

    with running_machine(home) as machine:
        ended = machine.ended(job)

    assert ended["state"] == "published"
