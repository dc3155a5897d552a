"""A command that looks makes no data folder: it finds the one that is there, or says where it looked."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.media import clips
from tests.running import COMMAND, Footage
from worker.supervisor import lock


def footage(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run in this folder, with no settings but these, and with a folder of its own for notes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTAGE_")}
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env={**kept, "TMPDIR": str(folder / "tmp"), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


@contextmanager
def closing_lock(home: Path) -> Iterator[None]:
    """Hold the lock of a supervisor."""
    descriptor = lock(home)
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("words", [["status"], ["cancel", "0" * 32], ["cuts", "0" * 32], ["keys", "list"], ["prune"]])
def test_looking_where_nothing_is_says_so_and_makes_nothing(tmp_path, words):
    done = footage(tmp_path, *words)

    assert done.returncode == 2
    assert f"没有数据目录 {tmp_path}/footage-data" in done.stderr
    assert not (tmp_path / "footage-data").exists()


def test_a_plan_leaves_nothing_behind_and_is_worded_for_people(tmp_path):
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=2))

    done = footage(tmp_path, "plan", str(film))

    assert done.returncode == 0, done.stderr
    assert re.search(r"^原片：mov · h264 .* · 640×360 · 逐行 · .* · 2\.0 秒$", done.stdout, re.MULTILINE)
    assert re.search(r"^成片：1920×1080 · .* 帧 · ", done.stdout, re.MULTILINE)
    assert "Fraction(" not in done.stdout
    assert not (tmp_path / "footage-data").exists()


def test_a_command_in_another_folder_finds_the_running_machine_and_says_which(tmp_path):
    home, elsewhere = tmp_path / "footage-data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert Footage(home)("keys", "add", "x", "--scope", "read").status == 0
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / f"footage-home-{os.getuid()}").write_text(str(home))
    nobody = footage(elsewhere, "status", TMPDIR=str(tmp_path / "tmp"))

    with closing_lock(home):
        done = footage(elsewhere, "status", TMPDIR=str(tmp_path / "tmp"))

    assert nobody.returncode == 2  # it was announced, and runs no more
    assert done.returncode == 0, done.stderr
    assert f"使用正在运行的数据目录 {home}" in done.stderr
    assert not (elsewhere / "footage-data").exists()


def test_a_job_is_known_by_the_beginning_of_its_id_and_shown_with_all_that_was_found(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    home = Footage(tmp_path / "home")
    home("process", path)
    (shown,) = re.findall(r"任务 ([0-9a-f]{8})）", home("process", path).out)

    one, unknown = home("status", shown), home("status", "abcdef")

    assert one.status == 0
    assert "不合格" in one.out
    assert "无法识别为视频或照片" in one.out
    assert unknown.status == 2
    assert "unknown-job" in unknown.err
