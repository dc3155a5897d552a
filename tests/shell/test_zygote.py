"""The process that bears the others of a machine: what they are called, whose they are, and what its loss costs.

In this order, and after the other files of the machine: the last test takes the zygote away.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

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


def test_a_forked_process_holds_no_descriptor_of_the_zygote(machine: Machine) -> None:
    by_name = {(about / "comm").read_text().strip(): about for about in children_of(machine.process.pid).values()}

    ours = links(by_name["zygote"])

    assert any(link.startswith("socket:") for link in ours)
    for name in ("worker urgent", "worker photo", "serve 127.0.0.1"):
        assert not {link for link in ours & links(by_name[name]) if link != "/dev/null"}, name


def links(about: Path) -> set[str]:
    """What the descriptors of a process lead to."""
    return {str(entry.readlink()) for entry in (about / "fd").iterdir()}


def test_a_machine_that_lost_its_zygote_starts_a_worker_all_the_same_and_keeps_no_zombie(machine, tmp_path):
    by_name = {(about / "comm").read_text().strip(): pid for pid, about in children_of(machine.process.pid).items()}
    lost = by_name["zygote"], by_name["worker photo"]
    photo = tmp_path / "after.jpg"
    Image.new("RGB", (2400, 1600), "purple").save(photo)

    for pid in lost:
        os.kill(pid, signal.SIGKILL)
    state = machine.send(photo)

    assert state["state"] == "published"
    assert len(workers_of(machine.process.pid)) == 3
    assert not {"zygote", "worker photo"} & set(names(machine))  # it has loaded the program itself
    assert not has_zombies(machine, within=5)


def has_zombies(machine: Machine, within: float) -> bool:
    """Whether a child that has ended is still unread after so many seconds."""
    until = time.monotonic() + within
    while any("\nState:\tZ" in (it / "status").read_text() for it in children_of(machine.process.pid).values()):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False
