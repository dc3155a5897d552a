"""`python -m fuzz.api`: our own OpenAPI, asked by Schemathesis with all it allows and more, on a real desk.

FOOTAGE_FUZZ_EXAMPLES (default 200) a test; a seed in FOOTAGE_FUZZ_FIRST. Ends with 1 where any answer was a 5xx, or one
that the document does not describe.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

_FOOTAGE = (sys.executable, "-m", "worker.cli")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="footage-api-") as home:
        sys.exit(_asked(Path(home)))


def _asked(home: Path) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTAGE_")}
    environment = {**kept, "FOOTAGE_HOME": str(home), "FOOTAGE_REQUESTS_PER_MINUTE": "1000000"}
    issuing = [*_FOOTAGE, "keys", "add", "fuzz", "--scope", "submit", "--scope", "read"]
    key = subprocess.run(issuing, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    port = _free_port()
    with (home / "desk.log").open("wb") as log:
        desk = subprocess.Popen([*_FOOTAGE, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        return _schemathesis(address, key, environment, home)
    finally:
        desk.terminate()
        desk.wait(30)
        print("\n".join(line for line in (home / "desk.log").read_text().splitlines() if "Traceback" in line)[:2000])


def _schemathesis(address: str, key: str, environment: dict[str, str], folder: Path) -> int:
    options = [
        "--checks",
        "not_a_server_error,negative_data_rejection,status_code_conformance,content_type_conformance,"
        "response_schema_conformance,response_headers_conformance",
        "--continue-on-failure",
        "--generation-database",
        "none",
    ]
    examples = os.environ.get("FOOTAGE_FUZZ_EXAMPLES", "200")
    seed = os.environ.get("FOOTAGE_FUZZ_FIRST", "0")
    program = str(Path(sys.executable).with_name("schemathesis"))
    header = f"Authorization: Bearer {key}"
    command = [program, "run", f"{address}/openapi.json", "-H", header, "-n", examples, "--seed", seed, *options]
    return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(f"{address}/api/health").status_code == 200:
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
