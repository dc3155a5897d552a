"""A clock that is wrong by CHAOS_CLOCK seconds, for a Python that finds this folder on its path first.

And, on SIGUSR1, every thread's stack to stderr: where a process is that does not stop.
"""

import datetime
import faulthandler
import os
import signal
import time

_OFFSET = float(os.environ.get("CHAOS_CLOCK", "0"))
_Right = datetime.datetime
_WRONG_BY = datetime.timedelta(seconds=_OFFSET)
_time, _time_ns = time.time, time.time_ns


class _AlsoRight(type):
    """Every datetime is an instance: those that C code makes are none of the class below."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Right)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _Right)


class _Wrong(_Right, metaclass=_AlsoRight):
    def __new__(cls, *arguments, **named):  # type: ignore[no-untyped-def]
        return _Right(*arguments, **named)

    @classmethod
    def now(cls, tz=None):  # type: ignore[no-untyped-def]
        return _Right.now(tz) + _WRONG_BY

    @classmethod
    def utcnow(cls):  # type: ignore[no-untyped-def]
        return _Right.now(datetime.UTC).replace(tzinfo=None) + _WRONG_BY


if "CHAOS_CLOCK" in os.environ:
    faulthandler.register(signal.SIGUSR1)
if _OFFSET:
    time.time = lambda: _time() + _OFFSET
    time.time_ns = lambda: _time_ns() + int(_OFFSET * 1e9)
    datetime.datetime = _Wrong  # type: ignore[misc]
