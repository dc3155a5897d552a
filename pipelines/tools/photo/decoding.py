"""Where a decoder speaks of the bytes it was given: only what it raises there may be told as damage of the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Undecodable(Exception):
    """A library could not read these bytes. Any other exception in a child is a fault of our own code."""


@contextmanager
def decoding() -> Iterator[None]:
    """Turn whatever a decoder raises within the block into Undecodable; running out of memory stays what it is."""
    try:
        yield
    except (MemoryError, Undecodable):
        raise
    except Exception as error:
        raise Undecodable(str(error)) from error
