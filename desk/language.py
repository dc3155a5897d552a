"""Word the pages in the language of the request: Chinese, in which they are written, or English from a catalogue.

The catalogue's ids are the Chinese texts themselves. A text without an entry stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from fastapi import Request
from markupsafe import Markup

Language = Literal["zh", "en"]
COOKIE = "footage_language"
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_CATALOGUE = Path(__file__).parent / "locale" / "en.po"
_language: ContextVar[Language] = ContextVar("language", default="zh")


def _read(path: Path) -> dict[str, tuple[str, str]]:
    """Return the English of each Chinese text, for one thing and for several."""
    with path.open("rb") as file:
        return {_first(message.id): _forms(message) for message in read_po(file, locale="en") if message.id}


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _forms(message: Message) -> tuple[str, str]:
    said = message.string or ""
    return (said, said) if isinstance(said, str) else (said[0], said[-1])


_ENGLISH = _read(_CATALOGUE)


@contextmanager
def speaking(request: Request) -> Iterator[None]:
    """Word everything in the block in the language that the request's cookie names; Chinese without one.

    The browser's own languages count for nothing: most are English by accident of how the computer was set up.
    """
    before = _language.set("en" if request.cookies.get(COOKIE) == "en" else "zh")
    try:
        yield
    finally:
        _language.reset(before)


def tag() -> str:
    """Return the language of the request as HTML writes it."""
    return _TAGS[_language.get()]


def translated(text: str, **values: object) -> str:
    """Return a text in the language of the request, with values in place of `%(name)s`."""
    said = _worded(text, 1)
    return said % values if values else said


def written(text: str, **values: object) -> Markup:
    """Return a text that a template holds, which may have markup; values are escaped. A per cent sign is written `%%`.

    Jinja's own function does the same through two more calls, of which a page of fifty cards makes hundreds.
    """
    return _filled(_worded(text, 1), values)


def counted(text: str, _several: str, num: int, **values: object) -> Markup:
    """Return a text that a template holds, for this number of things; Chinese has one form for all."""
    return _filled(_worded(text, num), {"num": num, **values})


def _worded(text: str, count: int) -> str:
    if _language.get() == "zh":
        return text
    one, several = _ENGLISH.get(text, (text, text))
    return one if count == 1 else several


def _filled(text: str, values: dict[str, object]) -> Markup:
    return Markup(text) % values if "%" in text else Markup(text)  # noqa: S704 - templates and catalogue are ours
