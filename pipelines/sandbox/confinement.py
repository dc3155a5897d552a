"""Prepare, in the parent, the Landlock ruleset and the seccomp filter of a child that decodes untrusted bytes.

Landlock: no file but the scratch folder and the program's own libraries, no signal and no socket outwards.
seccomp: no socket at all, no new process, no look into another one, no mount, no change of limits or of owners.
The child (:mod:`pipelines.sandbox.confine`) only has to make three system calls: it imports neither library.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyseccomp
from py_landlock import (
    AccessFs,
    AccessNet,
    PathBeneathAttr,
    RulesetAttr,
    RulesetFd,
    Scope,
    add_rule,
    create_ruleset,
    get_abi_version as landlock_abi,
)
from py_landlock.errors import LandlockError

_READ = AccessFs.READ_FILE | AccessFs.READ_DIR | AccessFs.EXECUTE
_SCRATCH = (
    AccessFs.READ_FILE
    | AccessFs.READ_DIR
    | AccessFs.WRITE_FILE
    | AccessFs.MAKE_REG
    | AccessFs.REMOVE_FILE
    | AccessFs.TRUNCATE
)
_OLDEST_ABI = 3  # Linux 6.2: earlier ABIs can't refuse truncation
_SCOPED_ABI = 6  # Linux 6.12: signals stay within the Landlock domain
_SYSTEM = ("/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")
_NEWEST = 457  # statmount: from here on system calls have the same number on every architecture
_CLONE_THREAD = 0x00010000

# Refused with EPERM, to root too.
_NEVER = (
    # the network, and other channels to other processes
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg"),
    # other processes
    *("fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp"),
    *("kill", "tkill", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("setpgid", "setsid", "setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr"),
    "sched_setaffinity",
    # watching what others do with files
    *("fanotify_init", "fanotify_mark", "inotify_init", "inotify_init1", "inotify_add_watch"),
    # memory that would outlive the job, or count against no limit
    *("shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "semget", "semop", "semctl", "mq_open"),
    *("memfd_create", "memfd_secret"),
    # the machine
    *("mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "open_tree", "move_mount", "fsopen", "fsmount"),
    *("fspick", "fsconfig", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd", "acct", "reboot"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "bpf", "perf_event_open"),
    *("userfaultfd", "add_key", "keyctl", "request_key", "settimeofday", "clock_settime", "clock_adjtime"),
    *("adjtimex", "sethostname", "setdomainname", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("iopl", "ioperm", "syslog", "personality"),
    # limits and rights: Landlock says nothing of modes, owners and attributes
    *("setrlimit", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "utimensat", "utime"),
    *("utimes", "futimesat", "name_to_handle_at", "open_by_handle_at", "mknod", "mknodat"),
)


def missing() -> str:
    """Return the reason why this kernel can't confine, in English; empty where it can."""
    try:
        abi = int(landlock_abi())
    except (LandlockError, OSError) as error:
        return f"no Landlock: {error}"
    return "" if abi >= _OLDEST_ABI else f"Landlock ABI {abi}, {_OLDEST_ABI} is needed"


@contextmanager
def confinement(scratch: Path, program: Path | None = None, *, devices: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the descriptors of a Landlock ruleset and of a seccomp program for one child to inherit.

    The child may write only in `scratch`. It may run `program` or, where there is none, read what Python needs.
    `devices`: it may use the graphics cards.
    """
    ruleset = _ruleset(scratch, [program] if program else _libraries(), _graphics() if devices else ())
    filters = os.memfd_create("seccomp", 0)
    try:
        os.write(filters, _filter())
        yield ruleset, filters
    finally:
        os.close(ruleset)
        os.close(filters)


def _ruleset(scratch: Path, readable: Iterable[Path], devices: Iterable[Path]) -> int:
    attributes = RulesetAttr()
    attributes.handled_access_fs = AccessFs(_handled(int(landlock_abi())))
    attributes.handled_access_net = AccessNet.BIND_TCP | AccessNet.CONNECT_TCP if landlock_abi() >= 4 else AccessNet(0)
    attributes.scoped = Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL if landlock_abi() >= _SCOPED_ABI else Scope(0)
    ruleset = create_ruleset(attributes)
    _allow(ruleset, scratch, _SCRATCH)
    for path in filter(Path.exists, (*readable, *map(Path, _SYSTEM))):
        _allow(ruleset, path, _READ if path.is_dir() else AccessFs.READ_FILE | AccessFs.EXECUTE)
    for path in devices:
        _allow(ruleset, path, _device_access(int(landlock_abi())))
    return int(ruleset)


def _graphics() -> Iterator[Path]:
    """Yield the device files of the graphics cards, and the folders where the system describes them."""
    described = map(Path, ("/sys/dev/char", "/sys/class/drm", "/sys/devices", "/proc/driver/nvidia"))
    yield from filter(Path.exists, (Path("/dev/dri"), *Path("/dev").glob("nvidia*"), *described))


def _device_access(abi: int) -> AccessFs:
    wanted = AccessFs.READ_FILE | AccessFs.READ_DIR | AccessFs.WRITE_FILE | AccessFs.IOCTL_DEV
    return AccessFs(int(wanted) & _handled(abi))


def _handled(abi: int) -> int:
    """Return every access that this kernel knows of, because an access that is not handled is not refused."""
    newest = {1: AccessFs.MAKE_SYM, 2: AccessFs.REFER, 3: AccessFs.TRUNCATE, 4: AccessFs.TRUNCATE}
    return 2 * int(newest.get(abi, AccessFs.IOCTL_DEV)) - 1


def _allow(ruleset: RulesetFd, path: Path, access: AccessFs) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = PathBeneathAttr()
        rule.allowed_access, rule.parent_fd = access, descriptor
        add_rule(ruleset, rule)
    finally:
        os.close(descriptor)


@cache
def _libraries() -> tuple[Path, ...]:
    """Return the folders of Python and its packages: nothing of the machine's users, settings or secrets."""
    paths = sysconfig.get_paths()
    places = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {f"{sys.base_prefix}/lib", str(Path(__file__).parents[1])}
    return tuple(map(Path, sorted(places)))


@cache
def _filter() -> bytes:
    """Return the seccomp program, compiled once per process."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(1)
    for name in _NEVER:
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) >= 0:
            rules.add_rule(refuse, name)
    if landlock_abi() < _SCOPED_ABI:
        rules.add_rule(refuse, "tgkill")
    # System calls newer than this list fail with ENOSYS, as on a kernel that doesn't have them.
    for number in range(_NEWEST, _NEWEST + 200):
        rules.add_rule(pyseccomp.ERRNO(38), number)
    # glibc falls back to clone, whose flags a filter can read: threads are allowed, processes are not.
    rules.add_rule(pyseccomp.ERRNO(38), "clone3")
    rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    rules.add_rule(refuse, "prlimit64", pyseccomp.Arg(2, pyseccomp.NE, 0))
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
