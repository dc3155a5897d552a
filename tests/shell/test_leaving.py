"""How a command ends: what it wrote is whole, its status is its own, and nothing is said that is no news."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.running import COMMAND


def test_a_command_leaves_a_ledger_that_is_whole_in_one_file(footage, tmp_path):
    footage("users", "add", "王科员", "--role", "operator")

    beside = [path.name for path in footage.home.glob("ledger.sqlite?*")]
    copy = shutil.copy(footage.home / "ledger.sqlite", tmp_path / "copy.sqlite")

    assert beside == []
    with closing(sqlite3.connect(copy)) as ledger:
        assert ledger.execute("SELECT name FROM accounts").fetchall() == [("王科员",)]


@pytest.mark.parametrize("output", [">&-", "| true"])
def test_a_command_whose_output_goes_nowhere_ends_without_a_traceback(footage, output):
    command = f"{' '.join(COMMAND)} keys add 门户 --scope read {output}; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], env=footage.environment(), capture_output=True, text=True)

    assert "Traceback" not in done.stderr


def test_a_command_whose_output_does_not_fit_on_its_disk_says_so(footage):
    command = f"{' '.join(COMMAND)} campaigns check jiexi-2020 > /dev/full"

    done = subprocess.run(["bash", "-c", command], env=footage.environment(), capture_output=True, text=True)

    assert done.returncode == 1
    assert "磁盘已满" in done.stderr
    assert "no-space" in done.stderr
    assert "Traceback" not in done.stderr
