"""Set a document with typst, as PDF, SVG or PNG: the same layout in each.

A template is a file of this package and never made of data; data reach it as JSON, pictures as files beside it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from pipelines.tools.captions.fonts import font_file

Format = Literal["pdf", "svg", "png"]
_TEMPLATES = Path(__file__).parent / "templates"
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # what a document says of when it was made: the same data, the same bytes


def typeset(
    template: str, data: Any, pictures: Mapping[str, Path] | None = None, *, kind: Format = "pdf", ppi: float = 144
) -> bytes:
    """Return the document. `pictures`: JPEGs by the names that the data say; `ppi`: pixels an inch, of a PNG."""
    with tempfile.TemporaryDirectory(prefix="footage-") as name:
        folder = Path(name)
        for file in (f"{template}.typ", "house.typ"):
            shutil.copyfile(_TEMPLATES / file, folder / file)
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for file, picture in (pictures or {}).items():
            (folder / file).symlink_to(picture)
        made = typst.compile(
            folder / f"{template}.typ",
            root=folder,
            font_paths=_fonts(),
            format=kind,
            ppi=ppi,
            timestamp=int(EPOCH.timestamp()),
        )
    if not isinstance(made, bytes):  # one picture a page
        raise ValueError(f"{template} has {len(made or [])} pages, a picture has one")
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_file().parent)])
