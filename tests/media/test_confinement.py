"""Breaking out of the confinement that ffmpeg runs in, as root and as nobody: each way is refused."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pipelines import sandbox
from pipelines.confinement import missing
from pipelines.errors import ToolFailed
from pipelines.process import Limits, Scratch, run
from tests.media import clips
from tests.media.breakout import ATTEMPTS

ALLOWED = ("write into the scratch folder", "start a thread")
KILLED = {"write 100 GB": signal.SIGXFSZ, "run for an hour": signal.SIGKILL}
NOBODY = 65534
SECRETS = "find a secret in its environment"
USERS = [0, NOBODY] if os.geteuid() == 0 else [os.geteuid()]


@pytest.fixture
def trap() -> Iterator[int]:
    """A listening socket on loopback that must never be called; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        yield listening.getsockname()[1]
        with pytest.raises(TimeoutError):
            listening.accept()


def tried(attempt: str, user: int, folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    folder.chmod(0o777)
    command = [sys.executable, "-m", "tests.media.breakout", attempt, str(user if user == NOBODY else 0), str(port)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "FOOTAGE_S3_SECRET_KEY": "secret"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_this_kernel_can_confine():
    assert missing() == ""


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("attempt", [name for name in ATTEMPTS if name not in (*ALLOWED, SECRETS)])
def test_there_is_no_way_out(tmp_path, trap, attempt, user):
    done = tried(attempt, user, tmp_path / "scratch", trap)

    assert "got out" not in done.stdout
    if attempt in KILLED and done.returncode < 0:
        assert done.returncode in {-KILLED[attempt], -signal.SIGXCPU, -signal.SIGKILL}
    else:
        assert done.stdout.startswith("refused:"), done.stdout + done.stderr
    assert not (tmp_path / "beside").exists()
    assert sum(path.stat().st_size for path in (tmp_path / "scratch").iterdir()) <= 64 << 20


@pytest.mark.parametrize("attempt", ALLOWED)
def test_the_work_itself_is_possible(tmp_path, trap, attempt):
    done = tried(attempt, 0, tmp_path / "scratch", trap)

    assert done.stdout.startswith("got out:"), done.stdout + done.stderr


def test_our_own_tools_can_not_get_out_either_and_no_secret_or_descriptor_comes_in_with_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTAGE_S3_SECRET_KEY", "secret")
    scratch = Scratch(tmp_path / "scratch")
    scratch.path.mkdir()
    with (tmp_path / "open").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        got_out = sandbox.call("breakout", {"attempts": []}, TypeAdapter(list[str]), scratch=scratch)

    assert got_out == []
    assert not (tmp_path / "broken-out").exists()


def test_where_nothing_is_confined_the_attempts_do_succeed(tmp_path):
    scratch = Scratch(tmp_path / "scratch", confined=False)
    scratch.path.mkdir()
    harmless = ["open /etc/passwd", "list the folder above", "write beside the scratch folder", "open a socket"]

    got_out = sandbox.call("breakout", {"attempts": harmless}, TypeAdapter(list[str]), scratch=scratch)

    assert got_out == harmless


def test_a_child_that_fills_its_scratch_folder_is_stopped(tmp_path):
    scratch = Scratch(tmp_path)
    many = "for n in range(1000): open(f'{n}', 'wb').write(bytes(1 << 20))"

    with pytest.raises(ToolFailed) as raised:
        run(
            [sys.executable, "-c", many + "\nimport time; time.sleep(60)"],
            scratch=scratch,
            limits=Limits(folder=50 << 20),
        )

    assert raised.value.code == "output-too-large"


def test_the_real_ffmpeg_confined_reads_no_other_file_and_calls_nobody(footage, tmp_path, trap):
    canary = clips.make(tmp_path / "canary.mp4", clips.Clip(seconds=1))
    playlists = {
        "local.mp4": f"#EXTM3U\n#EXTINF:1,\nfile://{canary}\n#EXT-X-ENDLIST\n",
        "remote.mp4": f"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{trap}/canary.mp4\n#EXT-X-ENDLIST\n",
        "concat.mp4": f"ffconcat version 1.0\nfile {canary}\n",
    }
    paths = [tmp_path / name for name in playlists]
    for path, text in zip(paths, playlists.values(), strict=True):
        path.write_text(text, encoding="utf-8")

    done = footage("process", *paths, "--json")

    assert [(o["state"], o["findings"][0]["code"]) for o in done.objects] == [("rejected", "not-media")] * 3


def test_without_a_sandbox_nothing_starts_unless_the_operator_says_so(monkeypatch, tmp_path):
    from pipelines import confinement
    from pipelines.errors import NoSandbox
    from worker.app import open_service
    from worker.settings import Settings

    monkeypatch.setattr(confinement, "missing", lambda: "an old kernel")

    with pytest.raises(NoSandbox):
        open_service(Settings(home=tmp_path / "home"))
    service = open_service(Settings(home=tmp_path / "home", sandbox="off"))
    assert service.place.confined is False
    service.place.ledger.close()
