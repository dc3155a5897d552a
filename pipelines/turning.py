"""A JPEG's blocks, by libjpeg-turbo's lossless transform: turned upright without being decoded; counted."""

from __future__ import annotations

import turbojpeg

from pipelines.jpeg import NotTurned

_OPERATIONS = {
    2: turbojpeg.OP.HFLIP,
    3: turbojpeg.OP.ROT180,
    4: turbojpeg.OP.VFLIP,
    5: turbojpeg.OP.TRANSPOSE,
    6: turbojpeg.OP.ROT90,
    7: turbojpeg.OP.TRANSVERSE,
    8: turbojpeg.OP.ROT270,
}

_MISSING = ("remature end", "instead of RST")  # libjpeg's jerror.h; it keeps only the first thing it has to say


def turned(data: bytes, orientation: int) -> bytes:
    """As EXIF's `orientation` asks, to its very edges. Raises NotTurned."""
    try:
        return bytes(turbojpeg.transform(data, op=_OPERATIONS[orientation], perfect=True))
    except RuntimeError as error:
        raise NotTurned(str(error)) from error


def ends_early(data: bytes, *, sure: bool) -> bool:
    """Whether its decoder complains of missing data; where we are `sure` to see none, whether it complains at all.

    Pillow's shows grey what it has no data for, and says nothing.
    """
    try:
        turbojpeg.transform(data, nooutput=True, perfect=False)
    except RuntimeError as error:
        return sure or any(said in str(error) for said in _MISSING)
    return False
