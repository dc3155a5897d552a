"""A bench that compares with somebody else's program names the package where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.tools import need

ROOT = Path(__file__).parents[2]


def test_what_is_missing_is_told_with_its_package(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SystemExit) as ended:
        need("vipsthumbnail", "exiftool")

    assert ended.value.code == 2
    assert "apt install libimage-exiftool-perl libvips-tools" in capsys.readouterr().err


def test_what_is_there_is_not_told(tmp_path, monkeypatch, capsys):
    program = tmp_path / "exiftool"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    need("exiftool")

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("bench", ["corpus", "gallery", "photos", "quality"])
def test_a_bench_ends_without_a_traceback(bench):
    command = [sys.executable, "-m", f"bench.{bench}"]
    done = subprocess.run(command, env={**os.environ, "PATH": ""}, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert "apt install" in done.stderr
    assert "Traceback" not in done.stderr
