"""Turn JPEG blocks upright without decoding them, and check their data, by libjpeg-turbo's lossless transform."""

from __future__ import annotations

import turbojpeg

from pipelines.tools.bitstream.jpeg import NotTurned

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
    """Return the JPEG turned as EXIF's `orientation` asks, to its very edges. Raises NotTurned."""
    try:
        return bytes(turbojpeg.transform(data, op=_OPERATIONS[orientation], perfect=True))
    except RuntimeError as error:
        raise NotTurned(str(error)) from error


def ends_early(data: bytes) -> bool:
    """Tell whether the decoder complains of the data of a picture that seems to have nothing at a corner.

    Pillow's decoder shows grey where it has no data, and reports nothing.
    """
    try:
        turbojpeg.transform(data, nooutput=True, perfect=False)
    except RuntimeError:
        return True
    return False
