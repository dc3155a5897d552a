"""`python -m fuzz.parsers TARGET SECONDS`: coverage-guided fuzzing (atheris) of one parser of ours.

What crashes it is kept in tests/findings/TARGET/ and is a test from then on. Without arguments every target
runs in turn, two at a time, for FOOTAGE_FUZZ_SECONDS (default 600) each; the exit status is 1 where one crashed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FINDINGS = Path(__file__).parents[1] / "tests" / "findings"
NAMES = ("campaign", "message", "body", "facts", "text")


def main() -> None:
    if len(sys.argv) == 3:
        fuzz(sys.argv[1], int(sys.argv[2]))
        return
    seconds = os.environ.get("FOOTAGE_FUZZ_SECONDS", "600")
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda name: _apart(name, seconds), NAMES))
    print("no parser crashed" if not any(ended) else "a parser crashed: see tests/findings")
    sys.exit(1 if any(ended) else 0)


def _apart(name: str, seconds: str) -> int:
    """One target in a process of its own: libFuzzer ends the process it runs in."""
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.parsers", name, seconds], check=False, capture_output=True, text=True
    )
    last = [line for line in done.stderr.splitlines() if line.startswith(("Done ", "stat::number_of_executed"))]
    print(f"{name:<10} {'ok' if done.returncode == 0 else 'CRASHED'}  {' '.join(last)}", flush=True)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], file=sys.stderr)
    return done.returncode


def fuzz(name: str, seconds: int) -> None:
    """Never returns: libFuzzer ends the process, with 0 where nothing crashed."""
    import atheris

    with atheris.instrument_imports(include=["pipelines", "desk", "fuzz.targets"]):
        from fuzz.targets import TARGETS
    kept = FINDINGS / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="footage-seeds-") as folder:
        for number, seed in enumerate(seeds(name)):
            (Path(folder) / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={kept}/", folder], TARGETS[name])
        atheris.Fuzz()


def seeds(name: str) -> Iterator[bytes]:
    """Where the fuzzer begins: right inputs of our own."""
    from fuzz.examples import EXAMPLES

    yield from EXAMPLES[name]()
    yield from (bytes([first, *range(first, 40 * first, first)]) for first in range(1, 7))


if __name__ == "__main__":
    main()
