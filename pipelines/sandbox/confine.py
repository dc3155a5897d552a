"""Apply, in the child, the confinement that the parent has prepared; as a script, then become the program to run.

    python -I -S confine.py RULESET FILTER MEMORY FILE_SIZE CPU -- PROGRAM ARGUMENTS…

Only a few modules of the standard library are imported, because every job pays for each import.
"""

import ctypes
import os
import resource
import sys

_RESTRICT_SELF = 446  # landlock_restrict_self, the same number on every architecture
_CAPABILITIES = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_PARENT_DEATH_SIGNAL, _KILL = 1, 9  # by number: importing `signal` would cost every job
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_INSTRUCTION = 8  # bytes; struct sock_filter


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine(ruleset: int, filters: int, memory: int, file_size: int, cpu: int) -> None:
    """Confine this process for good. Raises OSError where the kernel refuses: then nothing may be decoded.

    `ruleset`, `filters`: descriptors, which are closed afterwards; `memory`, `file_size` in bytes; `cpu` in seconds.
    """
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    # The soft limit ends the process with SIGXCPU, which names the cause; the hard limit kills it.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    kernel = ctypes.CDLL(None, use_errno=True)
    header, nothing = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    _done(kernel.capset(header, nothing))  # root without capabilities is an ordinary user
    _done(kernel.prctl(_PARENT_DEATH_SIGNAL, _KILL, 0, 0, 0))
    _done(kernel.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(kernel.syscall(_RESTRICT_SELF, ruleset, 0))
    code = os.pread(filters, 1 << 20, 0)
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // _INSTRUCTION, ctypes.cast(held, ctypes.c_void_p))
    _done(kernel.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0))
    os.close(ruleset)
    os.close(filters)


def _done(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused to confine")


if __name__ == "__main__":
    numbers, command = sys.argv[1:6], sys.argv[7:]
    confine(*map(int, numbers))
    os.execv(command[0], command)  # noqa: S606 - running a program is this script's purpose
