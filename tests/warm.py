"""Forks `footage` from a process that has its modules loaded: they take two seconds of a core, a command a tenth.

Each command is a process of its own all the same, with its own environment, folder and descriptors, and ends as a
user's does. What serves, works or supervises is started cold (`Footage.start`), as a user would.

    tests ──(words, environment, three descriptors)──▶ this process ──fork──▶ keeper ──fork──▶ footage
                          a line for its birth, one for its end ◀───────────────┘
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

from pipelines.sandbox import forked, forkserver
from pipelines.sandbox.limits import KEEP_MEMORY

_ROOT = Path(__file__).parent.parent
_LARGEST = 1 << 17  # bytes of an order; a name may be long
_LINE = 64


class Warm:
    """The process that forks, started where it is first needed; it ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm"],
                cwd=_ROOT,
                env={**_without_ours(os.environ), **KEEP_MEMORY, "OPENBLAS_NUM_THREADS": "1"},
                stdin=theirs.fileno(),
            )
        atexit.register(self._close)

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], out: IO[bytes], err: IO[bytes], timeout: float
    ) -> int:
        """Run a command to its end; return its status as subprocess has it. Raises subprocess.TimeoutExpired."""
        told, tells = os.pipe()
        order = json.dumps([list(words), dict(environment)]).encode()
        with os.fdopen(told, "rb", 0) as lines:
            with self._lock:
                socket.send_fds(self._orders, [order], [out.fileno(), err.fileno(), tells])
            os.close(tells)
            pid = int(lines.read(_LINE))
            if not select.select([lines], [], [], timeout)[0]:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), timeout)
            return int(lines.read(_LINE))

    def _close(self) -> None:
        self._orders.close()
        self._process.wait()


@cache
def warm() -> Warm:
    """The one of this process."""
    return Warm()


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("FOOTAGE_")}


# --- the other side ---------------------------------------------------------------------------------------------


def _serve() -> None:
    """Fork a keeper an order, until nobody can order any more. Returns in the processes that are to be `footage`."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(fileno=os.dup(0)) as orders:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        while True:
            order, files, _, _ = socket.recv_fds(orders, _LARGEST, 3)
            if not order:
                os._exit(0)
            if not os.fork():
                break
            for file in files:
                os.close(file)
    _keep(*files)
    forked.SERVER.launch = _server_ready()
    words, environment = json.loads(order)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = ["footage", *words]


def _server_ready() -> Callable[[socket.socket], forked.Started]:
    """Fork the command's fork server now, while this process has read nothing; it waits for its socket.

    Where the command starts a second one, because the first was killed, that is started as a user's would be.
    """
    waiting, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        given.close()
        _become_server(waiting)
    waiting.close()

    def launch(orders: socket.socket) -> forked.Started:
        forked.SERVER.launch = forked.launched
        with given:
            socket.send_fds(given, [b"."], [orders.fileno()])
        return _Forked(pid)

    return launch


def _become_server(waiting: socket.socket) -> NoReturn:
    os.setpgid(0, 0)
    os.chdir("/")
    os.environ.clear()
    os.environ.update(PATH="/usr/bin:/bin", LANG="C.UTF-8")
    _, files, _, _ = socket.recv_fds(waiting, 1, 1)
    if files:
        os.dup2(files[0], 0)
        os.closerange(3, max(files[0], waiting.fileno()) + 1)
        forkserver.serve(socket.socket(fileno=0))
    os._exit(0)


@dataclass(frozen=True, slots=True)
class _Forked:
    pid: int

    def wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _reap(*_: object) -> None:
    """Keepers that have ended; what they and theirs have cost is counted as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _keep(out: int, err: int, tells: int) -> None:
    """Fork once more: the child returns, the keeper tells of its birth and its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    born = os.fork()
    if not born:
        os.close(tells)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for file, number in ((out, 1), (err, 2)):
            os.dup2(file, number)
            os.close(file)
        return
    os.close(out)
    os.close(err)
    os.write(tells, str(born).encode())
    _, status = os.waitpid(born, 0)
    with suppress(BrokenPipeError):  # it took too long for who asked
        os.write(tells, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


if __name__ == "__main__":
    from importlib import import_module
    from pkgutil import walk_packages

    from click import Context

    import pipelines
    from worker.cli import commands, main

    for word in commands.list_commands(Context(commands)):
        commands.get_command(Context(commands), word)
    for module in walk_packages(pipelines.__path__, "pipelines."):  # what a command imports only where it needs it
        if not module.name.startswith("pipelines.tools.ocr."):  # onnxruntime has a thread, which no fork would have
            import_module(module.name)
    for name in ("alembic.command", "alembic.context"):  # every empty home has its ledger made
        import_module(name)
    forkserver.prepare()
    _serve()
    main()
