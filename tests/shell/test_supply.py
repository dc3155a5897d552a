"""What the program is made of, told in a form that other tools read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supply.__main__ import bill, table
from supply.libraries import libraries

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return bill()


def test_the_bill_of_materials_is_cyclonedx_and_names_every_locked_package_with_its_hashes(document):
    # Imported here: the grammars that it loads take four seconds, in each process that collects tests.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None
    assert {component["name"] for component in document["components"]} == locked
    assert all(component["externalReferences"][0]["hashes"] for component in document["components"])


def test_the_c_libraries_are_in_the_bill_inside_the_wheels_that_carry_them(document):
    inside = {
        part["name"]: component["name"]
        for component in document["components"]
        for part in component.get("components", [])
    }

    assert inside["ffmpeg"] == "imageio-ffmpeg"
    assert inside["libheif"] == "pillow-heif"
    assert set(inside) == {library.name for library in libraries()}


def test_the_written_table_of_c_libraries_is_what_is_installed():
    assert (ROOT / "docs" / "libraries.md").read_text(encoding="utf-8") == table() + "\n"
    assert all(any(char.isdigit() for char in library.version) for library in libraries())
