"""What an MPEG transport stream has lost: packets that are none any more, and gaps in the count of a stream's packets.

ISO/IEC 13818-1, 2.4.3: each packet begins with 0x47, and those of one stream that carry something are counted by
sixteens. A gap just before something new begins proves nothing: of files laid end to end, each counts for itself.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from mmap import ACCESS_READ, mmap
from typing import IO

import numpy as np
from numpy.typing import NDArray

Packets = NDArray[np.uint8]

_SYNC, _RUN = 0x47, 5  # what a packet begins with; how many in a row are no accident
_SIZE, _STRIDES = 188, (188, 192)  # bytes; AVCHD puts a time stamp before each packet
_HEAD = 6  # bytes of each packet that are looked at
_AT_ONCE = 1 << 16  # packets
_ENOUGH = 1000  # places; nobody wants to know of more
_BROKEN, _BEGINS, _JUMPS = 0x80, 0x40, 0x80  # bits of the second byte, and of the sixth
_CARRIES, _ADAPTED = 0x10, 0x20  # bits of the fourth


def losses(file: IO[bytes], streams: Collection[int]) -> int:
    """In how many places packets are missing. `streams`: the numbers (PID) of those that matter."""
    if os.fstat(file.fileno()).st_size < _RUN * max(_STRIDES):
        return 0
    with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return _losses(np.frombuffer(data, np.uint8), streams)


def _losses(data: Packets, streams: Collection[int]) -> int:
    lost, counts = 0, dict[int, int]()
    start, stride = _next_packet(data, 0)
    while stride and lost < _ENOUGH:
        packets = _heads(data, start, stride)
        whole = packets[:, 0] == _SYNC
        good = len(packets) if whole.all() else int(whole.argmin())
        lost += sum(_gaps(packets[:good], stream, counts) for stream in streams)
        start += good * stride
        if good < len(packets):
            start, stride = _next_packet(data, start)
            lost += stride > 0  # what no packet follows is no loss: a recorder has filled its file
        elif start + stride > len(data):
            break
    return lost


def _heads(data: Packets, start: int, stride: int) -> Packets:
    """Of as many packets as there are from `start` on, and no more than so many at once; a row each."""
    count = max(0, min(_AT_ONCE, (len(data) - start - _SIZE) // stride + 1))
    return np.lib.stride_tricks.as_strided(data[start:], (count, _HEAD), (stride, 1), writeable=False)


def _next_packet(data: Packets, start: int) -> tuple[int, int]:
    """Where one begins that others follow, and how far apart they are; (…, 0) where there is none."""
    for at in _found(data, start):
        for stride in _STRIDES:
            row = data[at : at + _RUN * stride : stride]
            if len(row) == _RUN and (row == _SYNC).all():
                return at, stride
    return start, 0


def _found(data: Packets, start: int) -> Iterator[int]:
    step = _AT_ONCE * _SIZE
    for block in range(start, len(data), step):
        yield from (block + int(at) for at in np.flatnonzero(data[block : block + step] == _SYNC))


def _gaps(packets: Packets, stream: int, counts: dict[int, int]) -> int:
    """Of this stream; `counts`: the last number of each, which the next call goes on from."""
    is_ours = (packets[:, 1] & 0x1F == stream >> 8) & (packets[:, 2] == stream & 0xFF)
    ours = packets[is_ours & (packets[:, 3] & _CARRIES > 0)]
    if not len(ours):
        return 0
    numbers = ours[:, 3] & 0x0F
    before = np.concatenate(([counts.get(stream, int(numbers[0]))], numbers[:-1]))
    counts[stream] = int(numbers[-1])
    jumps = (ours[:, 3] & _ADAPTED > 0) & (ours[:, 4] > 0) & (ours[:, 5] & _JUMPS > 0)
    missing = (numbers - before & 0x0F > 1) & ~jumps & (ours[:, 1] & _BEGINS == 0)
    return int((missing | (ours[:, 1] & _BROKEN > 0)).sum())
