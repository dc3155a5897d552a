"""A real S3 server of our own: SeaweedFS on loopback, gone with everything it wrote when the tests end."""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3.session
from botocore.config import Config
from pydantic import SecretStr

from storage.base import Unavailable
from storage.s3 import S3Store

_WEED = Path(sysconfig.get_path("scripts")) / "weed"
_GRPC = 10_000  # SeaweedFS puts a gRPC port this far above each of its ports
_READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Seaweed:
    """A running server. The bucket is there; tests keep apart by using a prefix each."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str
    bucket: str
    process: subprocess.Popen[bytes]

    def store(self, prefix: str = "", *, part_bytes: int = 5 << 20) -> S3Store:
        return S3Store(
            self.bucket,
            prefix,
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
            part_bytes=part_bytes,
        )

    def settings(self, prefix: str) -> dict[str, Any]:
        """What the program's settings say of a store in this bucket."""
        return {
            "store_url": f"s3://{self.bucket}/{prefix}",
            "s3_endpoint": self.endpoint,
            "s3_access_key": self.access_key,
            "s3_secret_key": SecretStr(self.secret_key),
            "s3_region": self.region,
        }

    def client(self) -> Any:
        """Another tool at the same server."""
        session = boto3.session.Session(self.access_key, self.secret_key, region_name=self.region)
        return session.client("s3", endpoint_url=self.endpoint, config=Config(s3={"addressing_style": "path"}))


@contextmanager
def running_seaweed(notification: str = "") -> Iterator[Seaweed]:
    """Start one and yield it; `notification`: its notification.toml.

    Raises RuntimeError, with the end of the server's log, where it doesn't answer a real S3 call in time.
    """
    with tempfile.TemporaryDirectory(prefix="seaweed-", ignore_cleanup_errors=True) as name:
        folder, ports = Path(name), free_ports(5)
        (folder / "notification.toml").write_text(notification, encoding="utf-8")
        access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
        process = _start(folder, ports, access_key, secret_key)
        server = Seaweed(f"http://127.0.0.1:{ports[0]}", access_key, secret_key, "us-east-1", "footage", process)
        try:
            _wait(server, ports[0], folder / "log")
            yield server
        finally:
            _kill(process)
            _remove_sockets(ports)


def free_ports(count: int) -> list[int]:
    """Loopback ports whose gRPC twins are free too, all below those the kernel deals out (32768 and up)."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = random.randrange(12_000, 22_000)
            with suppress(OSError):
                for number in (port, port + _GRPC):
                    taken = held.enter_context(socket.socket())
                    taken.bind(("127.0.0.1", number))
                found.append(port)
    return found


def _start(folder: Path, ports: list[int], access_key: str, secret_key: str) -> subprocess.Popen[bytes]:
    s3, master, volume, filer, admin = ports
    data = folder / "data"
    data.mkdir()
    # Without admin.port and s3.port.lance it also listens on 23646 and 9101, where a second server would collide.
    flags = (
        f"-dir={data} -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.port={s3} -master.port={master} -volume.port={volume} "
        f"-filer.port={filer} -admin.ui=false -admin.port={admin} -webdav=false -master.telemetry=false "
        "-s3.port.iceberg=0 -s3.port.lance=0"
    )
    keys = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}
    places = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [_WEED, "mini", *flags.split()],
            cwd=folder,
            env={**keys, **places, "GOMEMLIMIT": "256MiB"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait(server: Seaweed, port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        # Knocking first: boto3 answers a closed door with seconds of back-off.
        with suppress(OSError, Unavailable):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            server.store().ensure_bucket()
            return
        time.sleep(0.05)
    raise RuntimeError(f"SeaweedFS did not become ready:\n{log.read_text(errors='replace')[-2000:]}")


def _remove_sockets(ports: list[int]) -> None:
    """The one thing it leaves outside its folder; the path is fixed in its source."""
    for number in [*ports, *(port + _GRPC for port in ports)]:
        for left in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):
            left.unlink(missing_ok=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
