"""A whole machine: `footage up` on a free port, started once for the tests that look at it."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx

from tests.running import Footage


@dataclass(frozen=True, slots=True)
class Machine:
    """`api` speaks to the desk with the first key of the machine; `process` is the supervisor."""

    footage: Footage
    api: httpx.Client
    process: Popen[bytes]

    @property
    def key(self) -> str:
        """The key that the machine issued at its first start."""
        return (self.footage.home / "access-key").read_text().strip()

    def asking(self, key: str = "") -> httpx.Client:
        """Somebody else at the same desk: with another key, or none."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.api.base_url, headers=headers, timeout=60)

    def send(self, path: Path, **said: Any) -> dict[str, Any]:
        """Announce a file, send its bytes, wait for its end."""
        announced = self.api.post("/api/submissions", json={"name": path.name, **said})
        assert announced.status_code == 201, announced.text
        sent = self.api.put(announced.json()["upload"], content=path.read_bytes())
        assert sent.status_code == 202, sent.text
        return self.ended(announced.json()["job"])

    def ended(self, job: str, within: float = 120) -> dict[str, Any]:
        """The job's last state."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            state: dict[str, Any] = self.api.get(f"/api/submissions/{job}").json()
            if state["state"] in {"published", "rejected", "failed"}:
                return state
            time.sleep(0.2)
        raise AssertionError(f"not ended within {within} s: {state}")


def printed(log: Path, pattern: str, until: float) -> tuple[str, ...]:
    """Wait for words on the terminal and return their groups."""
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text(encoding="utf-8")):
            return found.groups()
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_machine(home: Path, *arguments: str, **more: str) -> Iterator[Machine]:
    footage = Footage(home, tuple(more.items()))  # its commands have the settings of the machine
    port = free_port()
    process = footage.start("up", "--port", str(port), *arguments)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as api:
        try:
            wait_until_up(api)
            api.headers["Authorization"] = f"Bearer {(home / 'access-key').read_text().strip()}"
            yield Machine(footage, api, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert not left_behind(footage.home)


def wait_until_up(api: httpx.Client, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while True:
        try:
            if api.get("/api/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "the desk did not answer"
        time.sleep(0.1)


def left_behind(home: Path) -> list[str]:
    """Command lines of processes that still work on this home."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"FOOTAGE_HOME={home}".encode() in environment or bytes(home) in command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def children_of(pid: int) -> dict[int, Path]:
    """The children of a process, each with its folder in /proc."""
    ids = " ".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")).split()
    return {int(child): Path("/proc") / child for child in ids}


def workers_of(pid: int) -> list[int]:
    """The workers of a supervisor: a forked one has a name, one that loaded the program itself its words."""
    return [child for child, about in children_of(pid).items() if _is_worker(about)]


def _is_worker(about: Path) -> bool:
    if (about / "comm").read_text().startswith("worker "):
        return True
    return b"worker.cli\0worker" in (about / "cmdline").read_bytes()
