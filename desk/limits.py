"""Limit requests per minute and key, wrong keys per minute and address, and the bytes of a body."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.problems import problem
from pipelines.domain.errors import TooOften

_WRONG_A_MINUTE = 30
_SMALL_BODY = 64 << 10  # bytes; an announcement is under 8 KiB
_REPORT = 256 << 10
_CUT_LIST = 1 << 20  # bytes of an editing program's file, as a form
_SHEET = 4 << 20  # bytes of a spreadsheet; five thousand hazards are under 1 MiB
_SLOWEST = 30  # seconds
UPLOADS = "/api/uploads/"
_UNLIMITED = (UPLOADS, "/api/tus/")


class Pace:
    """The rate limits, counted in this process's memory: a desk is one process.

    `a_minute`: requests per minute that one key may make.
    """

    def __init__(self, a_minute: int) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._requests, self._wrong = RateLimitItemPerMinute(a_minute), RateLimitItemPerMinute(_WRONG_A_MINUTE)

    def spend(self, key: str) -> None:
        """Count one request of this key. Raises TooOften."""
        if not self._window.hit(self._requests, "key", key):
            raise TooOften(f"key {key} asks too often")

    def guard(self, address: str, what: Literal["key", "password"]) -> None:
        """Raise TooOften where this address has tried too many wrong ones; nothing is counted."""
        if not self._window.test(self._wrong, f"wrong {what}", address):
            raise TooOften(f"{address} tries too many {what}s")

    def miss(self, address: str, what: Literal["key", "password"] = "key") -> None:
        """Count one wrong key, or one wrong password, from this address. Raises TooOften after 30 in a minute."""
        if not self._window.hit(self._wrong, f"wrong {what}", address):
            raise TooOften(f"{address} tries too many {what}s")


class SmallBodies:
    """A middleware that refuses a body over 64 KiB before it is parsed.

    A report and a hazard may have 256 KiB, a cut list 1 MiB, a spreadsheet 4 MiB; routes of uploads limit their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNLIMITED):
            await self._app(scope, receive, send)
            return
        whole = await _read(receive, _most_of(scope["path"]))
        if whole is None:
            answer = problem(413, "too-large", "请求内容过大，或没有按时发完。")
            await answer(scope, receive, send)
            return
        first: list[Message] = [{"type": "http.request", "body": whole, "more_body": False}]

        async def again() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, again, send)


def _most_of(path: str) -> int:
    """Return the bytes that a body may have: of a report 20,000 characters, each of nine bytes in a form."""
    if path.endswith("/stretches"):
        return _CUT_LIST
    if path == "/hazards/import":
        return _SHEET
    return _REPORT if path.startswith(("/reports/", "/hazards/")) else _SMALL_BODY


async def _read(receive: Receive, most: int) -> bytes | None:
    """Return the whole body, or None if it is too large or did not arrive within 30 s."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLOWEST):
            return await _whole(receive, most)
    return None


async def _whole(receive: Receive, most: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)
