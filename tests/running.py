"""The `footage` command as a user runs it: a process of its own, with nothing of ours in its environment but this.

A command that ends is forked from a process that has loaded it (:mod:`tests.warm`); one that goes on is started cold.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.warm import warm

COMMAND = [sys.executable, "-m", "worker.cli"]
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Done:
    """How one command ended. `objects`: the JSON lines of stdout."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


@dataclass(frozen=True, slots=True)
class Footage:
    """Runs `footage …` on one FOOTAGE_HOME; `more` are further FOOTAGE_ variables."""

    home: Path
    more: tuple[tuple[str, str], ...] = ()

    def __call__(self, *arguments: str | Path, timeout: float = 200, **more: str) -> Done:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            status = warm().run([*map(str, arguments)], self.environment(**more), out, err, timeout)
            said = [(file.seek(0), file.read().decode())[1].replace("\r\n", "\n") for file in (out, err)]
        return Done(status, *said)

    def environment(self, **more: str) -> dict[str, str]:
        """What a child of this home sees."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTAGE_")}
        return {**kept, "FOOTAGE_HOME": str(self.home), "FOOTAGE_RESERVE_BYTES": "0", **dict(self.more), **more}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a command that goes on; the caller stops it. Its log is in the home."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / f"test-{arguments[0]}.log").open("ab") as log:
            # Whoever starts the tests in the background has SIGINT ignored, and so would their children.
            command = ["env", "--default-signal=INT", *COMMAND, *arguments]
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment(**more), cwd=_ROOT, process_group=0
            )

    def stored(self, prefix: str) -> list[Path]:
        """Files of the local store under a prefix of keys."""
        folder = self.home / "store" / prefix
        return sorted(
            path for path in folder.rglob("*") if path.is_file() and "/." not in str(path.relative_to(self.home))
        )
