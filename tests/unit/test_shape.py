"""The house keeps its shape: one pure folder, short functions, docstrings that say what a thing does."""

from __future__ import annotations

import ast
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.unit.facts import ROOT

PACKAGES = ("worker", "pipelines", "storage", "desk")
SOURCES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
# First words that begin a fragment and not a sentence that says what the thing does or is.
FRAGMENTS = frozenset(
    {
        *("of", "what", "whether", "where", "how", "as", "by", "with", "so", "its", "it", "this", "that", "those"),
        *("these", "in", "on", "at", "to", "for", "from", "not", "and", "or", "but", "because", "when", "while"),
        *("who", "whoever", "whose", "nobody", "somebody", "anybody", "whatever", "whichever"),
    }
)
# Names that two packages may share, with the reason.
SHARED_NAMES: dict[str, str] = {}


@cache
def trees() -> dict[Path, ast.Module]:
    """The sources, parsed."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in trees().items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, FUNCTION))


@pytest.mark.parametrize("imported", ["import numpy", "from pipelines.tools import probing"])
def test_an_impure_import_anywhere_in_the_domain_fails_the_check(tmp_path: Path, imported: str) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    impure = tmp_path / "pipelines" / "domain" / "selection" / "scenes.py"
    impure.write_text(f"{impure.read_text(encoding='utf-8')}\n{imported}\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode != 0
    assert "The domain is pure: no I/O, no clock, no tool, nothing of ours outside it BROKEN" in done.stdout


def test_functions_are_short_and_files_hold_one_idea() -> None:
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for _, node in _functions())
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path, node in _functions()
        if (node.end_lineno or 0) - node.lineno >= 40
    ]
    large = [path for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 300]

    assert statistics.median(lengths) <= 7
    assert lengths[int(len(lengths) * 0.9)] <= 20
    assert long == []
    assert large == []


def test_no_two_classes_share_a_name() -> None:
    names = Counter(node.name for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))

    assert {name for name, count in names.items() if count > 1} - set(SHARED_NAMES) == set()


def _public_docstrings() -> Iterator[tuple[str, ast.AST, str]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTION)) and not getattr(node, "name", "").startswith(
                "_"
            ):
                said = ast.get_docstring(node)
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'name', '')}", node, said or ""


def test_every_docstring_begins_with_what_a_thing_does_or_is() -> None:
    fragments = [
        f"{place}: {said.splitlines()[0]}"
        for place, _, said in _public_docstrings()
        if said and said.split()[0].strip(",;:.").lower() in FRAGMENTS
    ]

    assert fragments == []


def test_every_data_file_of_the_packages_is_packed() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    found = {
        path
        for package, patterns in packed.items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    there = {path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()}

    assert {path for path in there if path.suffix not in {".py", ".pyc"}} == found
