"""Split a stream of bytes, as a pipe delivers it, into pieces of one size."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.domain.errors import ToolFailed


class Portions:
    """A consumer that passes on pieces of `size` bytes to `take`.

    Raises ToolFailed beyond `most` pieces: no film that was planned has more.
    """

    def __init__(self, size: int, most: int, take: Callable[[bytes], None]) -> None:
        self._size, self._most, self._take = size, most, take
        self._pending = bytearray()
        self.taken = 0

    def __call__(self, data: bytes) -> bool:
        self._pending.extend(data)
        before = self.taken
        whole = len(self._pending) // self._size * self._size
        for start in range(0, whole, self._size):
            if self.taken >= self._most:
                raise ToolFailed(f"more than {self._most} pieces to analyse")
            with memoryview(self._pending) as pending:
                piece = bytes(pending[start : start + self._size])
            self._take(piece)
            self.taken += 1
        del self._pending[:whole]
        return self.taken > before
