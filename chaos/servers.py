"""Queue, store and database: killed with kill -9, and started again on what they had written."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis

from chaos.processes import descendants, kill
from chaos.proxy import Wire, network
from storage.base import Unavailable
from tests.servers.postgres import running_postgres
from tests.servers.seaweed import Seaweed, running_seaweed
from tests.servers.valkey import running_valkey

_READY_SECONDS = 60


class Server:
    """A process that runs, and how to tell that it answers. Started again it is what it was: rights, words, folder."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
        self.name, self._process, self._answers = name, process, answers
        place = Path(f"/proc/{process.pid}")
        self._words: Any = process.args
        pairs = place.joinpath("environ").read_bytes().split(b"\0")
        environment = dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)
        owner = place.stat()
        rights = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if owner.st_uid else {}
        self._as_before: dict[str, Any] = {"cwd": place.joinpath("cwd").readlink(), "env": environment, **rights}

    def kill(self) -> None:
        """kill -9, children too: PostgreSQL's would keep the next one waiting."""
        family = [self._process.pid, *descendants(self._process.pid)]
        kill(*family)
        self._process.wait()

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError where it doesn't in time."""
        deadline = time.monotonic() + _READY_SECONDS
        self._process = self._again()
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._process = self._again()
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not come back within {_READY_SECONDS} s")

    def _again(self) -> subprocess.Popen[bytes]:
        log = Path(self._as_before["cwd"]) / "again.log"
        with log.open("ab") as output:
            return subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._as_before,
            )


@dataclass(frozen=True, slots=True)
class Site:
    """The three servers, the wires to them by the same names, and the addresses: `direct`, and through the wires."""

    servers: dict[str, Server]
    wires: dict[str, Wire]
    direct: tuple[tuple[str, str], ...]
    wired: tuple[tuple[str, str], ...]
    seaweed: Seaweed


@contextmanager
def running_site() -> Iterator[Site]:
    """All of it empty, and gone at the end of the block."""
    with ExitStack() as stack:
        loop = stack.enter_context(network())
        valkey = stack.enter_context(running_valkey())
        seaweed = stack.enter_context(running_seaweed())
        postgres = stack.enter_context(running_postgres())
        ledger = postgres.fresh_database()
        socket = Path(parse_qs(urlsplit(ledger).query)["host"][0]) / ".s.PGSQL.5432"
        servers = {
            "queue": Server("queue", _process_of(valkey), lambda: _queue_answers(valkey.url)),
            "store": Server("store", seaweed.process, lambda: _store_answers(seaweed)),
            "database": Server("database", _process_of(postgres), lambda: _database_answers(socket.parent)),
        }
        for server in servers.values():
            stack.callback(server.kill)
        queue_port, store_port = (int(urlsplit(url).port or 0) for url in (valkey.url, seaweed.endpoint))
        wires = {"queue": Wire(loop, queue_port), "store": Wire(loop, store_port), "database": Wire(loop, socket)}
        options = urlsplit(ledger).query.partition("options=")[2]
        wired_ledger = f"postgresql+psycopg://postgres@127.0.0.1:{wires['database'].port}/postgres?options={options}"
        direct = _addresses(valkey.url, ledger, seaweed.endpoint, seaweed)
        wired = _addresses(
            f"redis://127.0.0.1:{wires['queue'].port}/0",
            wired_ledger,
            f"http://127.0.0.1:{wires['store'].port}",
            seaweed,
        )
        yield Site(servers, wires, direct, wired, seaweed)


def _addresses(queue: str, ledger: str, store: str, seaweed: Seaweed) -> tuple[tuple[str, str], ...]:
    return (
        ("FOOTAGE_BROKER_URL", queue),
        ("FOOTAGE_LEDGER_URL", ledger),
        ("FOOTAGE_STORE_URL", f"s3://{seaweed.bucket}/chaos"),
        ("FOOTAGE_S3_ENDPOINT", store),
        ("FOOTAGE_S3_ACCESS_KEY", seaweed.access_key),
        ("FOOTAGE_S3_SECRET_KEY", seaweed.secret_key),
        ("FOOTAGE_S3_REGION", seaweed.region),
    )


def _process_of(server: Any) -> subprocess.Popen[bytes]:
    process: subprocess.Popen[bytes] = server.process
    return process


def _queue_answers(url: str) -> bool:
    with closing(redis.Redis.from_url(url)) as client, suppress(redis.RedisError):
        return bool(client.ping())
    return False


def _store_answers(seaweed: Seaweed) -> bool:
    with suppress(Unavailable):
        # It says yes to a bucket before it can take an object.
        seaweed.store("knocks").put("knock", Path(__file__), media_type="text/plain")
        return True
    return False


def _database_answers(folder: Path) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        return True
    return False
