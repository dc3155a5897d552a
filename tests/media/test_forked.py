"""The server that forks our children: it may be killed at any time, and nothing that depends on it is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pipelines import sandbox
from pipelines.errors import Killed
from pipelines.forked import SERVER
from pipelines.process import Scratch

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
    return [pid for pid in mine if b"pipelines.forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_there_is_one_server_however_many_children_and_none_is_left(scratch):
    for _ in range(3):
        assert sandbox.call("breakout", HARMLESS, NAMES, scratch=scratch) == []

    (server,) = servers()
    assert children_of(server) == []


def test_a_server_that_was_killed_is_started_again(scratch):
    sandbox.call("breakout", HARMLESS, NAMES, scratch=scratch)
    (before,) = servers()
    os.kill(before, signal.SIGKILL)

    assert sandbox.call("breakout", HARMLESS, NAMES, scratch=scratch) == []

    assert servers() != [before]


def test_a_child_whose_server_is_killed_counts_as_killed_and_ends(scratch):
    sandbox.call("breakout", HARMLESS, NAMES, scratch=scratch)
    (server,) = servers()
    working: list[int] = []

    def kill_while_it_works() -> None:
        deadline = time.monotonic() + 10
        while not working and time.monotonic() < deadline:
            working.extend(children_of(server))
        os.kill(server, signal.SIGKILL)

    killer = threading.Thread(target=kill_while_it_works)
    killer.start()
    with pytest.raises(Killed):
        _until_it_fails(scratch)
    killer.join()

    time.sleep(0.5)
    assert not [pid for pid in working if Path(f"/proc/{pid}/stat").exists() and _state(pid) != "Z"]


def _until_it_fails(scratch: Scratch) -> None:
    while True:
        sandbox.call("breakout", {"attempts": []}, NAMES, scratch=scratch)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_what_its_children_cost_is_counted(scratch):
    before = SERVER.spent

    sandbox.call("breakout", HARMLESS, NAMES, scratch=scratch)

    assert SERVER.spent > before


def test_a_photo_that_takes_too_long_is_refused_with_its_reason(footage, tmp_path):
    from PIL import Image

    rules = (Path(__file__).parents[2] / "pipelines" / "campaigns" / "jiexi-2020.toml").read_text(encoding="utf-8")
    campaign = tmp_path / "hasty.toml"
    campaign.write_text(rules.replace("max_seconds = 60", "max_seconds = 1"), encoding="utf-8")
    Image.new("L", (14_000, 14_000), 90).save(tmp_path / "heavy.png")

    (result,) = footage("process", tmp_path / "heavy.png", "--json", FOOTAGE_CAMPAIGN=str(campaign)).objects

    assert (result["state"], result["findings"][-1]["code"]) == ("rejected", "too-slow")
    assert "1 秒" in result["findings"][-1]["text"]
