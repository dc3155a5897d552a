"""Tell a decoder's errors from our own: only what is raised while decoding may be reported as damage of the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Undecodable(Exception):
    """An error of a library that can't read these bytes; any other exception in a child is a fault of our own code."""


@contextmanager
def decoding() -> Iterator[None]:
    """Turn any exception of a decoder within the block into Undecodable; a MemoryError stays what it is."""
    try:
        yield
    except (MemoryError, Undecodable):
        raise
    except Exception as error:
        raise Undecodable(str(error)) from error
