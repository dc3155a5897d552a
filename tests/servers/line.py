"""A line to a server that breaks: each connection after the next number of bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def breaking_line(target: int, cuts: list[int]) -> Iterator[int]:
    """A port that leads to `target`; each connection breaks after the next number of bytes to the server, if any."""

    def serve(client: socket.socket) -> None:
        most = cuts.pop(0) if cuts else None
        with client, socket.create_connection(("127.0.0.1", target)) as server:
            threading.Thread(target=answer, args=(server, client), daemon=True).start()
            sent = 0
            while data := client.recv(65_536):
                server.sendall(data)
                sent += len(data)
                if most is not None and sent > most:
                    with_end(server)
                    return

    def answer(server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(65_536):
                client.sendall(data)
        except OSError:
            return
        finally:
            with_end(client)

    def with_end(client: socket.socket) -> None:
        try:
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        port: int = listening.getsockname()[1]
        yield port
