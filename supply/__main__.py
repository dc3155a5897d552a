"""Print a CycloneDX 1.6 bill of materials, including the C libraries in the wheels, to stdout.

`python -m supply table` prints docs/libraries.md instead.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from supply.libraries import Library, libraries

_ROOT = Path(__file__).parents[1]


def main() -> None:
    print(table() if sys.argv[1:] == ["table"] else json.dumps(bill(), indent=2, ensure_ascii=False))


def bill() -> dict[str, Any]:
    """Return the bill of the runtime lock with its hashes; the C libraries in a wheel are components of the wheel."""
    program = str(Path(sys.executable).with_name("cyclonedx-py"))
    lock, project = str(_ROOT / "requirements.lock"), str(_ROOT / "pyproject.toml")
    command = [program, "requirements", lock, "--pyproject", project, "--sv", "1.6", "--output-reproducible"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    document: dict[str, Any] = json.loads(made.stdout)
    carried = libraries()
    for component in document["components"]:
        inside = [_component(library) for library in carried if library.wheel == component["name"]]
        if inside:
            component["components"] = inside
    return document


def _component(library: Library) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": f"{library.wheel}/{library.name}",
        "name": library.name,
        "version": library.version,
        "description": f"reads {library.reads}",
    }


def table() -> str:
    """Return the table of C libraries as Markdown."""
    rows = [f"| {x.name} | {x.version} | {x.wheel} | {x.reads} |" for x in libraries()]
    return "\n".join((_HEAD, *rows))


_HEAD = """\
# 解析外来数据的 C 库 / C libraries that parse untrusted bytes

All run only in confined children ([SECURITY.md](../SECURITY.md)). Written by `make libraries`; a test holds it against
what is installed. To update one: raise its wheel in `pyproject.toml`, `make lock`, `make libraries`, then
`make check test fuzz corpus`. A new version is part of the recipe by itself: `footage reprocess --stale --dry-run`
lists what would be made again.

| library | version | wheel | reads |
|---|---|---|---|"""


if __name__ == "__main__":
    main()
