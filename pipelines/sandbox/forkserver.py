"""The parent of our children: it loads their libraries once and forks one for each request.

    python -I -m pipelines.sandbox.forkserver

Loading them costs more than a photo does. A child is as alone as one started afresh: forked from a process that has
never seen a byte of footage, it gets its own descriptors and nobody else's, confines itself, answers once and is gone.
The server takes orders from the process that started it (:mod:`pipelines.sandbox.forked`), and ends with it.
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
    """A child under way, and where its end is told. `watch`: readable once it has ended."""

    pid: int
    watch: int
    told: int


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a child's numbers are its parent's, which may be high
    os.putenv("OPENBLAS_NUM_THREADS", "1")  # no matrix of ours is large, and threads without work wait busily
    gc.disable()  # loading makes no garbage
    child.load()
    gc.freeze()  # a child that collects would copy every page it looks at
    gc.enable()
    _serve(socket.socket(fileno=0))


def _serve(orders: socket.socket) -> None:
    """Until whoever gives the orders is gone; the children die with their parent."""
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
    """Fork as the next order says; None: there will be no more."""
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
    # While it is not waited for, its number is nobody else's: whatever it may have started goes with it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(ended.pid, signal.SIGKILL)
    _, status, usage = os.wait4(ended.pid, 0)
    _tell(ended.told, f"{os.waitstatus_to_exitcode(status)} {usage.ru_utime + usage.ru_stime:.3f}\n")
    os.close(ended.told)
    os.close(ended.watch)


def _tell(descriptor: int, text: str) -> None:
    with suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(descriptor, text.encode())


def _become(order: dict[str, Any], files: list[int]) -> NoReturn:
    """In the child. `order`: {"tool", "numbers", "folder", "keep"}; `keep`: the numbers its descriptors are to have."""
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
    except BaseException:  # noqa: BLE001 - here the process ends, whatever it was
        with suppress(OSError):
            os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _place(files: list[int], numbers: list[int]) -> None:
    """Descriptors under the numbers they have with whoever sent them; every other one, the server's too, is shut."""
    above = max(*numbers, *files) + 1
    high = [fcntl.fcntl(file, fcntl.F_DUPFD, above) for file in files]
    os.closerange(0, above)
    for file, number in zip(high, numbers, strict=True):
        os.dup2(file, number)
    os.closerange(above, max(high) + 1)


if __name__ == "__main__":
    main()
