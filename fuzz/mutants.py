"""`make fuzz`: hostile files, and mutants of our own small ones, through the whole pipeline: published or refused.

FOOTAGE_FUZZ_MUTANTS (default 2000), FOOTAGE_FUZZ_FIRST (default 0: the number of the first mutant, which is its seed),
FOOTAGE_FUZZ_SEEDS (only mutants of these, as in "dav,mpg,264"), FOOTAGE_CORPUS (its hostile files come first, where
there are any). Counted, not assumed: jobs that end in another state, what is left or made outside a job's scratch,
children left alive, the largest child's memory, calls to a listening trap, and files that take longer than two minutes.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fuzz.mutations import mutate
from fuzz.seeds import make_seeds
from pipelines.domain.errors import Busy
from pipelines.sandbox.limits import Limits
from pipelines.service import Service
from worker import logs
from worker.app import open_service
from worker.settings import Settings

_EXPECTED = ("scratch", "store", "ledger.sqlite")
_LONGEST = 120.0  # seconds; the seeds are a second long


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """How one file ended; a mutant has a number."""

    number: int | None
    seed: str
    mutation: str
    state: str
    code: str
    seconds: float


def main() -> None:
    count = int(os.environ.get("FOOTAGE_FUZZ_MUTANTS", "2000"))
    first = int(os.environ.get("FOOTAGE_FUZZ_FIRST", "0"))
    with tempfile.TemporaryDirectory(prefix="footage-fuzz-") as name, socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.1)
        folder = Path(name)
        wanted = tuple(os.environ.get("FOOTAGE_FUZZ_SEEDS", "").split(","))
        seeds = [it for it in make_seeds(folder / "seeds", trap.getsockname()[1]) if it.name.endswith(wanted)]
        canary = folder / "home" / "scratch" / "canary"
        canary.parent.mkdir(parents=True)
        canary.write_text("untouched", encoding="utf-8")
        with ProcessPoolExecutor(2) as pool:
            work: list[tuple[Path, Path, int | None]] = [(folder / "home", path, None) for path in _hostile()]
            work += [(folder / "home", seeds[number % len(seeds)], number) for number in range(first, first + count)]
            endings = list(_told(pool.map(run_one, *zip(*work, strict=True), chunksize=4), len(work)))
            memory = max(pool.map(_largest_child, range(4)))
        wrong = report(endings, canary, trap, memory)
    sys.exit(1 if wrong else 0)


def _hostile() -> list[Path]:
    folder = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus")) / "hostile"
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _told(endings: Iterator[OutboxEntry], count: int) -> Iterator[OutboxEntry]:
    for done, ending in enumerate(endings, 1):
        if done % 100 == 0:
            print(f"{done}/{count}", file=sys.stderr, flush=True)
        yield ending


@cache
def _service(home: Path) -> Service:
    logs.configure("ERROR")
    return open_service(Settings(home=home, reserve_bytes=0))


def run_one(home: Path, seed: Path, number: int | None) -> OutboxEntry:
    """One mutant, or the file as it came, from submission to its end, as `footage process` would run it."""
    service = _service(home)
    mutation, data = ("as it came", seed.read_bytes()) if number is None else mutate(seed.read_bytes(), number)
    path = home / f"sent-{os.getpid()}"
    path.write_bytes(data)
    began = time.monotonic()
    try:
        state, code = _ended(service, service.submit(path, service.submission(seed.name)).id)
    except Exception as error:  # noqa: BLE001 - anything that escapes is what is looked for
        state, code = "escaped", f"{type(error).__name__}: {error}"[:200]
    finally:
        path.unlink()
    return OutboxEntry(number, seed.name, mutation, state, code, time.monotonic() - began)


def _ended(service: Service, job_id: str) -> tuple[str, str]:
    """Run a job to its end; while the other process has the machine's cores, wait as the command line does."""
    while True:
        try:
            job = service.run(job_id)
            return job.state, job.code
        except Busy:
            service.wait(job_id)


def _largest_child(_number: int) -> int:
    time.sleep(0.2)  # so that both processes of the pool answer
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def report(endings: list[OutboxEntry], canary: Path, trap: socket.socket, memory: int) -> list[str]:
    """Print the table; what is wrong comes back."""
    table = Counter((e.mutation, e.state) for e in endings)
    for (mutation, state), count in sorted(table.items()):
        print(f"{mutation:<18} {state:<10} {count:6d}")
    wrong = [f"{e.number} {e.seed} ({e.mutation}): {e.state} {e.code}" for e in endings if not _is_true(e)]
    wrong += [f"{e.number} {e.seed} took {e.seconds:.0f} s" for e in endings if e.seconds > _LONGEST]
    home = canary.parent.parent
    wrong += [f"made outside scratch: {p.name}" for p in home.iterdir() if not p.name.startswith(_EXPECTED)]
    wrong += [f"a child took {memory:,} bytes"] if memory > Limits().memory else []
    wrong += [f"left in scratch: {path.name}" for path in canary.parent.iterdir() if path != canary]
    if canary.read_text(encoding="utf-8") != "untouched":
        wrong.append("the canary was touched")
    wrong += ["the trap was called"] if _called(trap) else []
    wrong += [f"left alive: {command}" for command in _left_alive()]
    slowest = max(endings, key=lambda ending: ending.seconds)
    print(
        f"{len(endings)} files; largest child {memory >> 20} MiB (bound {Limits().memory >> 20}); "
        f"slowest {slowest.seconds:.1f} s ({slowest.number} {slowest.seed})"
    )
    print("\n".join(wrong) or "each published or refused; nothing left behind, nobody called")
    return wrong


def _is_true(ending: OutboxEntry) -> bool:
    return ending.state == "published" or (ending.state == "rejected" and bool(ending.code))


def _called(trap: socket.socket) -> bool:
    try:
        trap.accept()
    except TimeoutError:
        return False
    return True


def _left_alive() -> list[str]:
    """Return the children that are still there after ten seconds: what another run has just killed ends in one."""
    until = time.monotonic() + 10
    while (found := [*_alive()]) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def _alive() -> Iterator[str]:
    """Children that outlived their job: ffmpeg, and what the server of children forked, itself too, once nobody's."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        forked = parent == 1 and b"pipelines.sandbox.forkserver" in command
        if forked or (parent in {1, os.getpid()} and b"master.mp4" in command):
            yield command.replace(b"\0", b" ").decode(errors="replace")[:120]


if __name__ == "__main__":
    main()
