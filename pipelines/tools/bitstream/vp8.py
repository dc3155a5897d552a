"""Write a VP8 picture with other bytes at its end (RFC 6386). This module does no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_KEY, _SHIFT = 1, 5  # of the frame tag (9.1): set for interframes; before the size of the first partition
_TAG, _START = 3, 7  # bytes: of the frame tag, and of a key frame's start code and size
_LEAST = 256  # bytes of coefficients; fewer are too few to judge by
_ENDS = ((12, 4), (16, 6))  # bytes from the end between which a picture is altered; an encoder pads the last four
_OTHER = b"\x5a\xa7\x33\xc5"


@dataclass(frozen=True, slots=True)
class Vp8Picture:
    """A coded picture as a packet holds it: a tag, a partition with modes and movement, and the coefficients."""

    data: bytes

    @property
    def slices(self) -> tuple[int, ...]:
        """Return (0,) where there are coefficients enough to judge by, else nothing."""
        return (0,) if self._coefficients >= _LEAST else ()

    @property
    def _coefficients(self) -> int:
        """Return the number of bytes behind the first partition."""
        tag = int.from_bytes(self.data[:_TAG], "little")
        head = _TAG if tag & _KEY else _TAG + _START
        return len(self.data) - head - (tag >> _SHIFT)

    def written(self) -> bytes:
        """Return the picture as a packet."""
        return self.data

    def lengthened(self) -> bytes:
        """Return the packet with more bytes behind it, which a decoder in step does not read."""
        return self.data + _OTHER * 16

    def endings(self, _: int = 0) -> Iterator[bytes]:
        """Yield the packet with other bytes near its end; a decoder in step draws another picture of it."""
        for start, end in _ENDS:
            altered = bytes(it ^ other for it, other in zip(self.data[-start:-end], _OTHER * 4, strict=False))
            yield self.data[:-start] + altered + self.data[-end:]


@dataclass(frozen=True, slots=True)
class Vp8Pictures:
    """The pictures of a VP8 stream, which needs no parameter sets.

    `alone`: whether a picture can be decoded by itself; here the decoder's statistics depend on those before.
    """

    alone: bool = False
    opened: bytes = b""

    def read(self, packet: bytes) -> Vp8Picture:
        """Return the picture of a packet."""
        return Vp8Picture(packet)
