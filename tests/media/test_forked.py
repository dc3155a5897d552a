"""The server that forks our children: it may be killed at any time, and nothing that depends on it is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pipelines.sandbox import children, forked
from pipelines.sandbox.confinement import confinement
from pipelines.sandbox.forked import SERVER
from pipelines.sandbox.limits import Limits, Scratch

NAMES = TypeAdapter(list[str])
HARMLESS = {"attempts": ["open a socket"]}


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    (tmp_path / "scratch").mkdir()
    return Scratch(tmp_path / "scratch")


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def servers() -> list[int]:
    mine = children_of(os.getpid())
    return [pid for pid in mine if b"pipelines.sandbox.forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_there_is_one_server_however_many_children_and_none_is_left(scratch):
    for _ in range(3):
        assert children.call("breakout", HARMLESS, NAMES, scratch=scratch) == []

    (server,) = servers()
    assert children_of(server) == []


def test_a_server_that_was_killed_is_started_again(scratch):
    children.call("breakout", HARMLESS, NAMES, scratch=scratch)
    (before,) = servers()
    os.kill(before, signal.SIGKILL)

    assert children.call("breakout", HARMLESS, NAMES, scratch=scratch) == []

    assert servers() != [before]


def test_a_child_whose_server_is_killed_counts_as_killed_and_ends(scratch):
    limits = Limits()
    with confinement(scratch.path) as descriptors:
        numbers = map(str, (*descriptors, limits.memory, limits.file_size, limits.cpu))
        child = forked.start(["breakout", *numbers], scratch.path, descriptors, limits)
    _eventually(lambda: _status(child.pid, "Seccomp") == "2")  # confined; now it waits for its request

    (server,) = servers()
    os.kill(server, signal.SIGKILL)

    assert child.wait(timeout=10) == -signal.SIGKILL
    _eventually(lambda: _status(child.pid, "State")[:1] in {"", "Z"})
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()


def _eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _status(pid: int, name: str) -> str:
    """What the kernel says of a process; nothing where there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return dict(line.split(":\t", 1) for line in lines)[name]


def test_what_its_children_cost_is_counted(scratch):
    before = SERVER.spent

    children.call("breakout", HARMLESS, NAMES, scratch=scratch)

    assert SERVER.spent > before


def test_a_photo_that_takes_too_long_is_refused_with_its_reason(footage, tmp_path):
    from PIL import Image

    rules = (Path(__file__).parents[2] / "pipelines" / "domain" / "campaigns" / "jiexi-2020.toml").read_text(
        encoding="utf-8"
    )
    campaign = tmp_path / "hasty.toml"
    campaign.write_text(rules.replace("max_seconds = 60", "max_seconds = 1", 1), encoding="utf-8")
    Image.new("RGB", (14_000, 14_000), (90, 120, 60)).save(tmp_path / "heavy.png", compress_level=1)

    (result,) = footage("process", tmp_path / "heavy.png", "--json", FOOTAGE_CAMPAIGN=str(campaign)).objects

    assert (result["state"], result["findings"][-1]["code"]) == ("rejected", "too-slow")
    assert "1 秒" in result["findings"][-1]["text"]
