"""Count the losses of an MPEG transport stream: broken packets, gaps in a stream's continuity counter, a missing end.

ISO/IEC 13818-1, 2.4.3: each packet begins with 0x47, and the packets of one stream that carry a payload are counted
modulo 16. A gap just before a new payload unit begins proves nothing: where complete recordings are joined end to
end, each has a counter of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SYNC, _RUN = 0x47, 5  # first byte of a packet; packets in a row that are no accident
_SIZE, _STRIDES = 188, (188, 192)  # bytes; AVCHD puts a time stamp before each packet
_FIRST = ((0, 188), (4, 192))  # usual offset of the first packet, and stride
_WINDOW, _BLOCK = 200 * 192, 12 << 20  # bytes that are searched for packets first; bytes that are read at once
_ENOUGH = 1000  # places; an exact count beyond is of no use
_BROKEN, _BEGINS, _JUMPS = 0x80, 0x40, 0x80  # bits of the second byte, and of the sixth
_CARRIES, _ADAPTED = 0x10, 0x20  # bits of the fourth


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of a file: the number of `places` where packets are missing; `cut`: it ends within a packet.

    `first`: the offset of the first place, in bytes; None where there is none.
    """

    places: int
    cut: bool
    first: int | None = None


def losses(file: IO[bytes], streams: Collection[int]) -> Losses:
    """Count the losses in the streams with these packet identifiers (PID); the count stops at about 1000 places."""
    file.seek(0)
    reading, rest = _Reading(streams), b""
    while reading.places < _ENOUGH and (data := file.read(_BLOCK)):
        rest = reading.take(rest + data)
    cut = reading.stride > 0 and len(rest) < _SIZE and rest[:1] == bytes([_SYNC])
    return Losses(reading.places, cut, reading.first)


@dataclass(slots=True)
class _Reading:
    """The state of reading a transport stream. `stride`: bytes from packet to packet; 0 while no packets are found.

    `places` and `first` as in Losses.
    """

    streams: Collection[int]
    places: int = 0
    first: int | None = None
    stride: int = 0
    _read: int = 0  # bytes before those that are being read
    _begun: bool = False
    _filled: bool = True  # the bytes between the last packet and the next are all zeros, or all ones
    _numbers: dict[int, int] = field(default_factory=dict)

    def take(self, data: bytes) -> bytes:
        """Read the next bytes, and return those that the caller has to put before the bytes that follow."""
        block, at = np.frombuffer(data, np.uint8), 0
        while self.places < _ENOUGH:
            if not self.stride:
                at = self._find(block, at)
            if not self.stride:
                break
            packets = block[at : at + (len(block) - at) // self.stride * self.stride].reshape(-1, self.stride)
            whole = packets[:, 0] == _SYNC
            good = len(packets) if whole.all() else int(whole.argmin())
            for stream in self.streams:
                self._lost(self._read + at + self.stride * self._gaps(packets[:good], stream))
            at += good * self.stride
            if good == len(packets):
                break
            self.stride, self._filled = 0, True
        self._read += at
        return data[at:]

    def _lost(self, offsets: NDArray[np.int64]) -> None:
        """Record places by their offsets in the file, in ascending order."""
        self.places += len(offsets)
        if len(offsets):
            self.first = min(int(offsets[0]), self.first if self.first is not None else int(offsets[0]))

    def _find(self, block: Bytes, at: int) -> int:
        """Set the stride and return the offset where packets begin again, or from where the search has to go on."""
        found, self.stride = _packets_from(block, at, usual=not self._begun)
        self._filled = self._filled and _is_filler(block[at:found])
        if self.stride:
            # Filler between two recordings is no loss: where it hides one, the continuity counter has a gap.
            if self._begun and not self._filled:
                self._lost(np.array([self._read + at]))
            self._begun = True
        return found

    def _gaps(self, packets: Bytes, stream: int) -> NDArray[np.int64]:
        """Return the numbers of the packets of a stream that are broken, or before which others are missing."""
        own = np.flatnonzero((packets[:, 1] & 0x1F == stream >> 8) & (packets[:, 2] == stream & 0xFF))
        ours = packets[own]
        jumps = (ours[:, 3] & _ADAPTED > 0) & (ours[:, 4] > 0) & (ours[:, 5] & _JUMPS > 0)
        carries = ours[:, 3] & _CARRIES > 0
        announced = np.diff(np.cumsum(jumps)[carries], prepend=0) > 0  # here, or by an earlier packet without payload
        ours, places = ours[carries], own[carries]
        if not len(ours):
            return places
        numbers = ours[:, 3] & 0x0F
        before = np.concatenate(([self._numbers.get(stream, int(numbers[0]))], numbers[:-1]))
        self._numbers[stream] = int(numbers[-1])
        missing = (numbers - before & 0x0F > 1) & ~announced & (ours[:, 1] & _BEGINS == 0)
        lost: NDArray[np.int64] = places[missing | (ours[:, 1] & _BROKEN > 0)]
        return lost


def _packets_from(block: Bytes, at: int, *, usual: bool) -> tuple[int, int]:
    """Return the offset where a run of packets begins, and their stride in bytes.

    A stride of 0 means that there is none; one may still begin between that offset and the end of the block.
    """
    for start, stride in _FIRST if usual and not at else ():
        if _are_packets(block[start : start + _RUN * stride : stride]):
            return start, stride
    for window in (block[at : at + _WINDOW], block[at:]):
        rows = [row for stride in _STRIDES for row in _rows(window, stride)]
        if rows:
            _, before, stride = max(rows)
            return at - before, stride
    return max(at, len(block) - _RUN * max(_STRIDES)), 0


def _are_packets(starts: Bytes) -> bool:
    return len(starts) == _RUN and bool((starts == _SYNC).all())


def _rows(window: Bytes, stride: int) -> Iterator[tuple[int, int, int]]:
    """Yield the length of a run of packets, minus its offset, and the stride.

    There is one for each way to divide the window into packets: the first run. The greatest is the longest, and the
    earliest of that length.
    """
    sync = window[: len(window) // stride * stride].reshape(-1, stride) == _SYNC
    if len(sync) < _RUN:
        return
    runs = np.logical_and.reduce([sync[n : len(sync) - _RUN + 1 + n] for n in range(_RUN)])
    for column in map(int, np.flatnonzero(runs.any(axis=0))):
        first = int(runs[:, column].argmax())
        row = sync[first:, column]
        yield len(row) if row.all() else int(row.argmin()), -(first * stride + column), stride


def _is_filler(between: Bytes) -> bool:
    return not between.any() or bool((between == 0xFF).all())
