"""Write what a command has made to the file that its user names."""

from __future__ import annotations

from pathlib import Path

from pipelines.domain.errors import WrongUse
from pipelines.service import plain


def write(path: Path, data: bytes) -> None:
    """Write a file. Raises WrongUse where that can't be done."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> WrongUse:
    """Return the error of a file that can't be written."""
    text = f"写不了“{plain(str(path))}”，请检查文件夹是否存在、能否写入。"
    return WrongUse(f"{path}: {error}", code="not-writable", text=text)
