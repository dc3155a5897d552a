"""`python -m fuzz.parsers TARGET SECONDS`: coverage-guided fuzzing (atheris) of one parser of ours.

What crashes it is kept in tests/findings/TARGET/ and is a test from then on. Without arguments every target
runs in turn, two at a time, for FOOTAGE_FUZZ_SECONDS (default 600) each; the exit status is 1 where one crashed.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import NoReturn

Target = Callable[[bytes], None]

FINDINGS = Path(__file__).parents[1] / "tests" / "findings"
NAMES = ("campaign", "message", "body", "facts", "text")


def main() -> None:
    names, seconds = NAMES, int(os.environ.get("FOOTAGE_FUZZ_SECONDS", "600"))
    if len(sys.argv) == 3:
        names, seconds = (sys.argv[1],), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="footage-fuzz-") as folder:
        crashed = [name for name, status in _apart(names, seconds, Path(folder)) if status]
    print("a parser crashed: see tests/findings" if crashed else "no parser crashed")
    sys.exit(1 if crashed else 0)


def _instrumented() -> Mapping[str, Target]:
    """Return the targets, from modules that tell which of their branches were taken."""
    import atheris

    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["pipelines", "desk", "fuzz.targets"]):
        from fuzz.targets import TARGETS
    return TARGETS


def _apart(names: Sequence[str], seconds: int, folder: Path) -> Iterator[tuple[str, int]]:
    """Fuzz each target in a process forked for it, two at a time: libFuzzer ends the process that it runs in."""
    targets, waiting, running = _instrumented(), [*names], dict[int, str]()
    while waiting or running:
        while waiting and len(running) < 2:
            name = waiting.pop(0)
            target = targets[name]
            if not (pid := os.fork()):
                _become_fuzzer(target, name, seconds, folder)
            running[pid] = name
        pid, status = os.wait()
        name = running.pop(pid)
        _tell(name, status, (folder / f"{name}.log").read_text(errors="replace"))
        yield name, status


def _become_fuzzer(target: Target, name: str, seconds: int, folder: Path) -> NoReturn:
    try:
        log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        (folder / name).mkdir()
        fuzz(target, name, seconds, folder / name)
    except BaseException:  # noqa: BLE001 - what the parent has begun is not this process's to end
        traceback.print_exc()
    finally:
        os._exit(1)


def _tell(name: str, status: int, said: str) -> None:
    last = [line for line in said.splitlines() if line.startswith(("Done ", "stat::number_of_executed"))]
    print(f"{name:<10} {'CRASHED' if status else 'ok'}  {' '.join(last)}", flush=True)
    if status:
        print(said[-6000:], file=sys.stderr)


def fuzz(target: Target, name: str, seconds: int, folder: Path) -> NoReturn:
    """Fuzz until the time is over: libFuzzer ends the process, with 0 where nothing crashed. `folder` is for seeds."""
    import atheris

    kept = FINDINGS / name
    kept.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (folder / str(number)).write_bytes(seed)
    limits = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={kept}/", str(folder)], target)
    atheris.Fuzz()
    raise AssertionError("libFuzzer has returned")


def seeds(name: str) -> Iterator[bytes]:
    """Where the fuzzer begins: right inputs of our own."""
    from fuzz.examples import EXAMPLES

    yield from EXAMPLES[name]()
    yield from (bytes([first, *range(first, 40 * first, first)]) for first in range(1, 7))


if __name__ == "__main__":
    main()
