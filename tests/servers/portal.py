"""A portal that is told of endings: a real HTTP server that checks each signature with code of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
HANG = 0
TRICKLE = 1
ENDLESS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it arrived. `at`: monotonic seconds."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def is_signed(self) -> bool:
        key = base64.b64decode(SECRET.split("_", 1)[1])
        signed = b".".join([self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body])
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        return fresh and self.headers["webhook-signature"] == f"v1,{wanted}"


@dataclass(slots=True)
class Portal:
    """`answers`: the next ones, then 200. `answers_of`: always the same to what has this job's id."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    answers_of: dict[str, int] = field(default_factory=dict)
    location: str = ""
    told: list[Told] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/footage?from=here"

    def answer(self, told: Told) -> int:
        self.told.append(told)
        always = self.answers_of.get(told.said["data"]["job"])
        return always if always is not None else self.answers.pop(0) if self.answers else 200

    def wait(self, count: int, within: float = 20) -> list[Told]:
        """What was told, once it is so much."""
        deadline = time.monotonic() + within
        while len(self.told) < count:
            assert time.monotonic() < deadline, f"{len(self.told)} of {count} were told"
            time.sleep(0.02)
        return list(self.told)


class _Server(ThreadingHTTPServer):
    portal: Portal

    def get_request(self) -> Any:
        got = super().get_request()
        self.portal.connections += 1
        return got

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The courier hangs up on who hangs."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        portal = self.server.portal
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = portal.answer(Told(time.monotonic(), self.path, headers, body))
        if answer == HANG:
            portal.over.wait(30)
        elif answer == TRICKLE:
            for piece in [b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 80]:
                self.wfile.write(piece)
                portal.over.wait(0.1)
        elif answer == ENDLESS:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (1 << 20))
            portal.over.wait(30)
        else:
            self.send_response(answer)
            if portal.location:
                self.send_header("location", portal.location)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def running_portal(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Portal]:
    server = (_Server6 if ":" in host else _Server)((host, 0), _Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.portal = Portal(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.portal
    finally:
        server.portal.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
