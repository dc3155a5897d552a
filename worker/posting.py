"""POST one message to the portal: only to the address that was checked, with a deadline and without redirects."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urlsplit

from pipelines.domain.errors import Transient
from worker.addresses import NOTHING, Named

ANSWER_SECONDS = 10.0
_MOST_BYTES = 64 << 10  # bytes of an answer that are read
_MOST_DETAIL = 200  # characters
_LOOK_SECONDS = 0.2
_BROKEN = (OSError, HTTPException, ValueError)  # ValueError: an invalid host name, a socket cut while it was read


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system's resolver, without duplicates."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal to post to. `local`: hosts and networks that the operator has named; `seconds`: the time to answer."""

    url: str
    local: Named = NOTHING
    seconds: float = ANSWER_SECONDS
    look_up: Callable[[str, int], Sequence[str]] = look_up
    context: ssl.SSLContext | None = None

    def post(self, body: bytes, headers: dict[str, str], over: threading.Event) -> int:
        """Post and return the status of the answer. Raises Transient if none came in time, or before `over` was set."""
        try:
            return self._post(urlsplit(self.url), body, headers, over)
        except _BROKEN as error:
            raise Transient(_named(error), code="portal-away", text="回调地址没有应答。") from error

    def _post(self, url: SplitResult, body: bytes, headers: dict[str, str], over: threading.Event) -> int:
        deadline, permitted = time.monotonic() + self.seconds, self._permitted(url)
        with closing(self._connect(url, permitted)) as connected, _cut(connected, deadline, over) as cut:
            answer = _ask(connected, url, body, headers)
            if cut.is_set():
                raise TimeoutError  # headers that end because we cut the connection look complete
            with suppress(*_BROKEN):  # the body is read and dropped, so that the portal can finish sending
                answer.read(_MOST_BYTES)
            return answer.status

    def _permitted(self, url: SplitResult) -> list[tuple[str, int]]:
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        found = self.look_up(host, port)
        permitted = [(address, port) for address in found if self.local.permit(host, address)]
        if not permitted:
            detail = f"{host} is at {', '.join(found)}: see FOOTAGE_WEBHOOK_ALLOW"[:_MOST_DETAIL]
            raise Transient(detail, code="address-refused", text="回调地址在不允许访问的网络中。")
        return permitted

    def _connect(self, url: SplitResult, addresses: Sequence[tuple[str, int]]) -> socket.socket:
        connected = _first(addresses, self.seconds)
        connected.settimeout(self.seconds)
        if url.scheme == "http":
            return connected
        context = self.context or ssl.create_default_context()
        # The handshake is done later, where the deadline applies to it.
        return context.wrap_socket(connected, server_hostname=url.hostname, do_handshake_on_connect=False)


def _first(addresses: Sequence[tuple[str, int]], seconds: float) -> socket.socket:
    """Connect to the first address that accepts. The addresses are numeric, so no name is looked up again."""
    *others, last = addresses
    share = seconds / len(addresses)
    for address in others:
        with suppress(OSError):
            return socket.create_connection(address, share)
    return socket.create_connection(last, share)


def _ask(connected: socket.socket, url: SplitResult, body: bytes, headers: dict[str, str]) -> HTTPResponse:
    if isinstance(connected, ssl.SSLSocket):
        connected.do_handshake()
    connection = HTTPConnection(url.netloc)
    connection.sock, connection.auto_open = connected, 0  # without auto_open it never looks the name up again
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    connection.request("POST", target, body, {"Host": url.netloc, "Connection": "close", **headers})
    return connection.getresponse()


def _named(error: Exception) -> str:
    """Return the error as text, without quoting an invalid answer: that may hold what we sent."""
    words = "" if isinstance(error, HTTPException) else f": {error}"
    return f"{type(error).__name__}{words}"[:_MOST_DETAIL]


@contextmanager
def _cut(connected: socket.socket, deadline: float, over: threading.Event) -> Iterator[threading.Event]:
    """Shut the connection at the deadline or once `over` is set.

    A read time-out is not enough: each read of an answer that trickles is in time.
    """
    done, cut = threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            if over.is_set() or time.monotonic() > deadline:
                cut.set()
                with suppress(OSError):
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)  # below TLS, as another thread reads from it
                return

    thread = threading.Thread(target=watch, name="deadline", daemon=True)
    thread.start()
    try:
        yield cut
    except _BROKEN as error:
        if cut.is_set():
            raise TimeoutError("no answer in time") from error
        raise
    finally:
        done.set()
        thread.join()
