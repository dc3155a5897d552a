"""`python -m bench.unchanged CHECKOUT FILE…`: tell which outputs of these files differ from another checkout's.

CHECKOUT is a clone of this project at another commit, with its `.venv` (`make install` there). Each file is processed
by both, each with its own code and home; every output, the analysis and the recipe are compared. The time in a
picture's ICC profile is left out: until recipe 9 it was that of the run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
_ICC_TIME = re.compile(rb".{12}acsp", re.DOTALL)  # the profile's date and its signature (ICC.1, 7.2)


def main() -> None:
    """Print a line a file; status 1 where an output differs."""
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    other, *files = sys.argv[1:]
    differing = 0
    for name in files:
        before, after = (_outputs(checkout, Path(name).absolute()) for checkout in (Path(other), HERE))
        changed = sorted(output for output in before | after if before.get(output) != after.get(output))
        differing += bool(changed)
        print(
            f"{Path(name).name:<60} {len(after):3d} outputs  {'DIFFERENT: ' + ' '.join(changed) if changed else 'same'}"
        )
    print(f"{len(files)} files, {differing} with outputs that differ")
    sys.exit(1 if differing else 0)


def _outputs(checkout: Path, path: Path) -> dict[str, str]:
    """Return the SHA-256 of each output by its name, the recipe and the state."""
    with tempfile.TemporaryDirectory(prefix="footage-unchanged-") as home:
        command = [checkout / ".venv/bin/footage", "process", path, "--json"]
        environment = {**os.environ, "FOOTAGE_HOME": home}
        done = subprocess.run(command, check=False, capture_output=True, cwd=checkout, env=environment, text=True)
        result = json.loads(done.stdout.splitlines()[0])
        made = {output["name"] for output in result["outputs"]} | {"analysis.json"}
        found = [path for path in Path(home).rglob("published/*/*/*/*") if path.is_file() and path.name in made]
        outputs = {path.name: hashlib.sha256(_ICC_TIME.sub(b"acsp", path.read_bytes())).hexdigest() for path in found}
    recipe = {"recipe": Path(result["manifest"]).parent.name} if result["manifest"] else {}
    return outputs | recipe | {"state": result["state"]}


if __name__ == "__main__":
    main()
