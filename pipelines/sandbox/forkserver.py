"""Run the fork server: it loads the tools' libraries once and forks a child for each request.

    python -I -m pipelines.sandbox.forkserver

Loading the libraries costs more than a photo does. A child is as isolated as a fresh process: its parent has never
read a byte of footage, and it gets only its own descriptors, confines itself, answers once and exits. The server takes
orders from the process that started it (:mod:`pipelines.sandbox.forked`), and ends with it.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pipelines.sandbox import child

_MOST_FILES = 253  # SCM_MAX_FD: descriptors in one message
_MOST_TEXT = 64 << 10  # bytes


@dataclass(frozen=True, slots=True)
class Born:
    """A running child. `told`: the pipe on which its end is reported; `watch`: a pidfd, readable once it has ended."""

    pid: int
    watch: int
    told: int


def main() -> None:
    """Load the libraries and serve the orders that arrive on stdin, which is a socket."""
    prepare()
    serve(socket.socket(fileno=0))


def prepare() -> None:
    """Load the libraries, in a process that is to fork children."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a child uses its caller's descriptor numbers, maybe high
    os.putenv("OPENBLAS_NUM_THREADS", "1")  # our matrices are small, and idle threads would spin
    gc.disable()  # imports leave little garbage
    child.load()
    gc.freeze()  # a collection in a child would copy every page that it visits
    gc.enable()


def serve(orders: socket.socket) -> None:
    """Take orders until the process that gives them is gone; the children die with their parent."""
    born: dict[int, Born] = {}
    waiting = select.poll()
    waiting.register(orders, select.POLLIN)
    while True:
        for ready, _ in waiting.poll():
            if ready in born:
                waiting.unregister(ready)
                _bury(born.pop(ready))
            elif (new := _next(orders)) is None:
                return
            else:
                born[new.watch] = new
                waiting.register(new.watch, select.POLLIN)


def _next(orders: socket.socket) -> Born | None:
    """Fork a child for the next order; None: there will be no more orders."""
    text, received, _, _ = socket.recv_fds(orders, _MOST_TEXT, _MOST_FILES)
    if not text:
        return None
    told, *files = received
    pid = os.fork()
    if pid == 0:
        _become(json.loads(text), files)
    for file in files:
        os.close(file)
    _tell(told, f"{pid}\n")
    return Born(pid, os.pidfd_open(pid), told)


def _bury(ended: Born) -> None:
    # Until the child is reaped its number is not reused, so its process group can be killed safely.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(ended.pid, signal.SIGKILL)
    _, status, usage = os.wait4(ended.pid, 0)
    _tell(ended.told, f"{os.waitstatus_to_exitcode(status)} {usage.ru_utime + usage.ru_stime:.3f}\n")
    os.close(ended.told)
    os.close(ended.watch)


def _tell(descriptor: int, text: str) -> None:
    with suppress(BrokenPipeError):  # the caller is gone
        os.write(descriptor, text.encode())


def _become(order: dict[str, Any], files: list[int]) -> NoReturn:
    """Turn the forked process into the child that `order` asks for, serve its request and exit.

    `order`: {"tool", "numbers", "folder", "keep"}; `keep`: the numbers that its descriptors are to have.
    """
    status = 1
    try:
        os.setpgid(0, 0)
        _place(files, [0, 1, 2, *order["keep"]])
        folder = order["folder"]
        os.chdir(folder)
        for name in ("HOME", "TMPDIR"):
            os.putenv(name, folder)
        Path("/proc/self/comm").write_text(order["tool"], encoding="ascii")
        child.work(order["tool"], order["numbers"])
        status = 0
    except MemoryError:
        status = child.OUT_OF_MEMORY
    except BaseException:  # noqa: BLE001 - the process ends here after any exception
        with suppress(OSError):
            os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _place(files: list[int], numbers: list[int]) -> None:
    """Move the descriptors to the numbers that they have in the caller, and close all others, the server's too."""
    above = max(*numbers, *files) + 1
    high = [fcntl.fcntl(file, fcntl.F_DUPFD, above) for file in files]
    os.closerange(0, above)
    for file, number in zip(high, numbers, strict=True):
        os.dup2(file, number)
    os.closerange(above, max(high) + 1)


if __name__ == "__main__":
    main()
