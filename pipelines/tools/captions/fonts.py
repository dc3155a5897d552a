"""Locate the font of captions: Noto Sans CJK, inside a wheel. ADR 0013."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def font_file() -> Path:
    """Return the path of a collection of five faces, all weights in one."""
    return Path(str(files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"))
