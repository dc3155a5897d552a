"""A JPEG's blocks, by libjpeg-turbo's lossless transform: turned upright without being decoded; counted."""

from __future__ import annotations

import turbojpeg

_OPERATIONS = {
    2: turbojpeg.OP.HFLIP,
    3: turbojpeg.OP.ROT180,
    4: turbojpeg.OP.VFLIP,
    5: turbojpeg.OP.TRANSPOSE,
    6: turbojpeg.OP.ROT90,
    7: turbojpeg.OP.TRANSVERSE,
    8: turbojpeg.OP.ROT270,
}


def turned(data: bytes, orientation: int) -> bytes:
    """As EXIF's `orientation` asks, to its very edges. Raises RuntimeError where blocks are cut off at an edge."""
    return bytes(turbojpeg.transform(data, op=_OPERATIONS[orientation], perfect=True))


def ends_early(data: bytes) -> bool:
    """Whether there is less coded data than the frame header promises. Pillow shows the rest grey and says nothing."""
    try:
        turbojpeg.transform(data, nooutput=True, perfect=False)
    except RuntimeError as error:
        return "remature end" in str(error)
    return False
