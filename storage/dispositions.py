"""Word the header that says under which name a browser saves an object."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def disposition(filename: str, *, likeness: str = "", inline: bool = False) -> str:
    """Return a Content-Disposition header (RFC 6266): the name in UTF-8, after an ASCII version for old clients.

    `likeness`: that version, where it is better than the name with its other letters replaced.

    Control and formatting characters are replaced: they could end the header, or show an .exe as a .jpg.
    """
    name = "".join("_" if c in "/\\" or unicodedata.category(c) in _UNPRINTABLE else c for c in filename)
    likeness = likeness or re.sub(r'[^ -~]|["%]', "_", name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{likeness}\"; filename*=UTF-8''{quote(name, safe='')}"
