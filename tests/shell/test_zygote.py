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


def by_name(machine: Machine) -> dict[str, tuple[int, Path]]:
    """The machine's children by their names, each with its folder in /proc."""
    children = children_of(machine.process.pid)
    return {(about / "comm").read_text().strip(): (pid, about) for pid, about in children.items()}


def test_every_process_of_a_machine_is_its_child_and_named_after_its_work(machine: Machine) -> None:
    all_named = {"worker urgent", "worker photo", "worker video,bu", "serve 127.0.0.1", "zygote"}

    until = time.monotonic() + 15  # where another test has killed some, they are soon started again
    while not all_named <= set(by_name(machine)) and time.monotonic() < until:
        time.sleep(0.1)

    assert all_named <= set(by_name(machine))


def test_a_forked_process_holds_no_descriptor_of_the_zygote(machine: Machine) -> None:
    folders = {name: about for name, (_, about) in by_name(machine).items()}

    ours = links(folders["zygote"])

    assert any(link.startswith("socket:") for link in ours)
    for name in ("worker urgent", "worker photo", "serve 127.0.0.1"):
        assert not {link for link in ours & links(folders[name]) if link != "/dev/null"}, name


def links(about: Path) -> set[str]:
    """What the descriptors of a process lead to."""
    return {str(entry.readlink()) for entry in (about / "fd").iterdir()}


def test_a_machine_that_lost_its_zygote_starts_a_worker_all_the_same_and_keeps_no_zombie(machine, tmp_path):
    lost = [by_name(machine)[name][0] for name in ("zygote", "worker photo")]
    photo = tmp_path / "after.jpg"
    Image.new("RGB", (2400, 1600), "purple").save(photo)

    for pid in lost:
        os.kill(pid, signal.SIGKILL)
    state = machine.send(photo)

    assert state["state"] == "published"
    assert len(workers_of(machine.process.pid)) == 3
    assert not {"zygote", "worker photo"} & set(by_name(machine))  # it has loaded the program itself
    assert not has_zombies(machine, within=5)


def has_zombies(machine: Machine, within: float) -> bool:
    """Whether a child that has ended is still unread after so many seconds."""
    until = time.monotonic() + within
    while any("\nState:\tZ" in (it / "status").read_text() for it in children_of(machine.process.pid).values()):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False
