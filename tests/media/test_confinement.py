"""Breaking out of the confinement that ffmpeg runs in, as root and as nobody: each way is refused."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pipelines.domain.errors import Stalled, ToolFailed
from pipelines.sandbox import children
from pipelines.sandbox.confinement import missing
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import FACTS
from pipelines.sandbox.process import run
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
        got_out = children.call("breakout", {"attempts": []}, TypeAdapter(list[str]), scratch=scratch)

    assert got_out == []
    assert not (tmp_path / "broken-out").exists()


def test_where_nothing_is_confined_the_attempts_do_succeed(tmp_path):
    scratch = Scratch(tmp_path / "scratch", confined=False)
    scratch.path.mkdir()
    harmless = ["open /etc/passwd", "list the folder above", "write beside the scratch folder", "open a socket"]

    got_out = children.call("breakout", {"attempts": harmless}, TypeAdapter(list[str]), scratch=scratch)

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
    from pipelines.domain.errors import NoSandbox
    from pipelines.sandbox import confinement
    from worker.app import open_context, open_service
    from worker.settings import Settings

    monkeypatch.setattr(confinement, "missing", lambda: "an old kernel")

    with pytest.raises(NoSandbox):
        open_service(Settings(home=tmp_path / "home"))
    context = open_context(Settings(home=tmp_path / "home", sandbox="off"))
    assert context.confined is False
    context.ledger.close()


def endless(script: str, tmp_path: Path, **limits: Any) -> None:
    """Run a child that would go on for ever."""
    run([sys.executable, "-c", script], scratch=Scratch(tmp_path), limits=Limits(**limits))


def test_a_child_that_leaves_its_group_is_killed_all_the_same(tmp_path):
    script = "import os, time; os.setpgid(0, os.getpgid(os.getppid())); time.sleep(600)"

    with pytest.raises(Stalled):
        endless(script, tmp_path, stall=1)


def test_a_child_that_keeps_a_pipe_open_after_its_reply_was_too_long_is_killed(tmp_path):
    script = """
import signal, sys, time
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
try:
    while True:
        sys.stdout.buffer.write(bytes(1 << 16))
except OSError:
    time.sleep(600)
"""

    def refuse(_: bytes) -> bool:
        raise ToolFailed("too long")

    with pytest.raises(ToolFailed):
        run([sys.executable, "-c", script], scratch=Scratch(tmp_path), limits=Limits(), stdout=refuse)


def test_a_child_with_too_many_threads_is_stopped(tmp_path):
    script = """
import threading, time
threading.stack_size(65536)
for _ in range(600):
    threading.Thread(target=time.sleep, args=(60,)).start()
"""

    with pytest.raises(ToolFailed):
        endless(script, tmp_path)


def test_a_child_dies_with_its_parent(tmp_path):
    (tmp_path / "scratch").mkdir()
    script = """
import sys
from pathlib import Path
from pipelines.sandbox import children
from pipelines.tools.ffmpeg import binary
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import run
from pipelines.sandbox.messages import FACTS
scratch = Scratch(Path(sys.argv[1]))
command = [binary.executable(), "-v", "error", "-f", "lavfi", "-re", "-i", "testsrc", "-f", "null", "canary-of-death"]
with children.confined(command, scratch, Limits()) as (argv, descriptors):
    run(argv, scratch=scratch, limits=Limits(), inherit=descriptors)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "scratch")], env=environment)
    eventually(lambda: running("canary-of-death"))

    parent.kill()
    parent.wait()

    eventually(lambda: not running("canary-of-death"))


def running(word: str) -> bool:
    """True where a process that is ffmpeg has this in its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes()
                if b"binaries/ffmpeg" in command.split(b"\0")[0] and word.encode() in command:
                    return True
    return False


def eventually(true: Callable[[], bool], within: float = 15) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_enormous_wrong_reply_costs_nothing():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ValidationError):
        FACTS.validate_json(b"[" + b"{}," * 300_000 + b"{}]")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB
