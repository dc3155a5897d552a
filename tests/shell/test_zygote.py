"""The process that bears the others of a machine: what they are called, whose they are, and what its loss costs."""

from __future__ import annotations

import os
import signal
import time

from PIL import Image

from tests.up import Machine, children_of, workers_of


def names(machine: Machine) -> list[str]:
    return sorted((about / "comm").read_text().strip() for about in children_of(machine.process.pid).values())


def test_every_process_of_a_machine_is_its_child_and_named_after_its_work(machine: Machine) -> None:
    all_named = {"worker urgent", "worker photo", "worker video,bu", "serve 127.0.0.1", "zygote"}

    until = time.monotonic() + 15  # where another test has killed some, they are soon started again
    while not all_named <= set(names(machine)) and time.monotonic() < until:
        time.sleep(0.1)

    assert all_named <= set(names(machine))


def test_a_machine_that_lost_its_zygote_starts_its_workers_all_the_same_and_keeps_no_zombie(machine, tmp_path):
    zygote = next(pid for pid, about in children_of(machine.process.pid).items() if is_named(about, "zygote"))
    workers = workers_of(machine.process.pid)
    photo = tmp_path / "after.jpg"
    Image.new("RGB", (2400, 1600), "purple").save(photo)

    for pid in (zygote, *workers):
        os.kill(pid, signal.SIGKILL)
    state = machine.send(photo)

    assert state["state"] == "published"
    assert workers_of(machine.process.pid)
    assert not set(workers) & set(workers_of(machine.process.pid))
    assert "zygote" not in names(machine)
    assert not has_zombies(machine, within=5)


def is_named(about, name):
    return (about / "comm").read_text().strip() == name


def has_zombies(machine: Machine, within: float) -> bool:
    """Whether a child that has ended is still unread after so many seconds."""
    until = time.monotonic() + within
    while any("\nState:\tZ" in (it / "status").read_text() for it in children_of(machine.process.pid).values()):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False
