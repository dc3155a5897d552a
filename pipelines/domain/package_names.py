"""Name the files of a package so that Windows, macOS and people can tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipelines.domain.wording import plain

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MOST = 180  # bytes of a name in UTF-8; Windows and backup programs have trouble beyond 255
_WORDS = {
    "master": "成片",
    "angle": "其他镜头",
    "photo": "照片",
    "clip": "片段",
    "reel": "集锦",
    "rendition": "渠道版",
    "still": "剧照",
    "poster": "封面",
    "pair": "整改对照",
    "wipe": "对照短片",
}


def named(day: str, unit: str, original: str, role: str, output: str) -> str:
    """Return the name of one output: day, unit, the original's name and what it is, with the output's extension."""
    stem, _, extension = output.rpartition(".")
    number = re.search(r"\d+$", stem)
    what = _WORDS.get(role, role) + (number[0] if number else "")
    title = original.rpartition(".")[0] or original
    parts = [part for part in (day, unit, title, what) if part]
    return safe("-".join(parts), f".{extension}")


def evidence_name(county: str, unit: str, activity: str, day: str, number: int, extension: str) -> str:
    """Return a name as the county's plan wants it: county + unit + activity + day + number; both ends are kept whole.

    A unit that begins with 县 is named by the county instead: 县应急管理局 of 揭西 is 揭西应急管理局.
    """
    whose = unit if unit.startswith(county) else county + unit.removeprefix("县")
    return safe(f"{whose}-{activity}", f"-{day}-{number:03d}.{extension}")


def safe(name: str, extension: str = "") -> str:
    """Return a name that every file system takes, at most 180 bytes long with its extension."""
    name = _FORBIDDEN.sub("_", plain(name)).strip(" .") or "_"
    name = f"_{name}" if _RESERVED.fullmatch(name) else name
    room = _MOST - len(extension.encode())
    return name.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + extension


def unique(names: Iterable[str]) -> Iterator[str]:
    """Yield each name, numbered where one that differs at most in capitals came before."""
    taken: set[str] = set()
    for name in names:
        stem, dot, extension = name.rpartition(".")
        number, free = 2, name
        while free.casefold() in taken:
            ending = f"({number}){dot}{extension}"
            free = safe(stem.encode()[: _MOST - len(ending.encode())].decode("utf-8", "ignore")) + ending
            number += 1
        taken.add(free.casefold())
        yield free
