"""The network between workers and servers: a loopback proxy a server, that can be cut, and be slow.

Cut, it is silent as a pulled cable: nothing arrives, nobody is told. Or it refuses: every connection breaks at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PIECE = 1 << 16


class Wire:
    """One way to one server, `target` a port on loopback or the path of a socket. Its methods are for other threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target: int | Path) -> None:
        self._loop, self._target = loop, target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self._delay = 0.0
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port: int = asyncio.run_coroutine_threadsafe(self._listen(), loop).result()

    def silence(self) -> None:
        """Nothing gets through until it is healed; then all that was sent meanwhile does."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def refuse(self) -> None:
        """Connections break, and so does each new one, until it is healed."""
        self._loop.call_soon_threadsafe(self._break)

    def slow(self, seconds: float) -> None:
        """So late comes each piece."""
        self._delay = seconds

    def heal(self) -> None:
        """As new; connections that broke stay broken."""
        self._refusing, self._delay = False, 0.0
        self._loop.call_soon_threadsafe(self._flowing.set)

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._keep(asyncio.create_task(_until_cancelled(server)))
        return int(server.sockets[0].getsockname()[1])

    def _break(self) -> None:
        self._refusing = True
        for end in self._ends:
            end.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(asyncio.current_task())
        await self._flowing.wait()
        if self._refusing:
            writer.transport.abort()
            return
        try:
            with suppress(OSError):
                there, back = await self._connect()
                await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            writer.close()

    def _keep(self, task: asyncio.Task[None] | None) -> None:
        # The loop itself holds tasks but weakly.
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection("127.0.0.1", self._target)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            with suppress(OSError):
                while data := await reader.read(_PIECE):
                    await asyncio.sleep(self._delay)
                    await self._flowing.wait()
                    writer.write(data)
                    await writer.drain()
            await self._flowing.wait()  # nor does the end of a connection get through
        finally:
            self._ends.discard(writer)
            writer.close()


async def _until_cancelled(server: asyncio.Server) -> None:
    async with server:
        await server.serve_forever()


@contextmanager
def network() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own, for wires."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="network", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end() -> None:
    await asyncio.sleep(0.1)  # a connection that is cancelled while it is made is closed by nobody
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)  # transports close in the loop's next turns
