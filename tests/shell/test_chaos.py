"""Workers under everything that breaks: the short form of `make chaos`, and its own parts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest

from chaos.material import material
from chaos.proxy import Wire, network
from chaos.schedule import KILLS, LASTING, Counts, Fault, numbers, schedule


def test_every_promise_holds_while_workers_servers_network_and_disk_fail(small):
    done = subprocess.run(
        [sys.executable, "-m", "chaos"],
        env={**os.environ, "FOOTAGE_CHAOS_SHORT": "1", "FOOTAGE_CAMPAIGN": str(small)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"\n  {kind} " in done.stdout for kind in ("queue", "store", "database", "cut", "disk"))
    assert any(f"\n  {kind} " in done.stdout for kind in KILLS)
    assert "\n  NOT" not in done.stdout


def test_the_same_seed_breaks_the_same_things_at_the_same_times():
    assert schedule(5, Counts(), 480) == schedule(5, Counts(), 480)
    assert schedule(5, Counts(), 480) != schedule(6, Counts(), 480)


def test_a_schedule_has_as_much_of_everything_as_was_asked_for_in_order_and_in_time():
    faults = schedule(1, Counts(), 480)

    found = numbers(faults)
    assert found.pop("worker") + found.pop("child") == 60
    assert found == {"sweeper": 2, "queue": 6, "store": 6, "database": 4, "cut": 3, "slow": 2, "disk": 2}
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert all(0 <= fault.at <= 480 and 0 <= fault.chance < 1 for fault in faults)


def test_what_lasts_stays_away_as_long_as_its_kind_may_and_no_longer_than_the_longest():
    whole, short = schedule(1, Counts(), 480), schedule(1, Counts(longest=2), 480)

    assert all(3 <= fault.seconds <= 20 for fault in whole if fault.kind == "cut")
    assert all(1 <= fault.seconds <= 5 for fault in whole if fault.kind in {"queue", "store", "database"})
    assert all(fault.seconds <= 2 for fault in short)


def test_of_what_lasts_each_begins_in_the_first_half_of_a_slot_of_its_own():
    lasting: list[Fault] = [fault for fault in schedule(3, Counts(), 500) if fault.kind in LASTING]

    slot = 500 / len(lasting)
    assert [int(fault.at // slot) for fault in lasting] == list(range(len(lasting)))
    assert all(fault.at % slot <= slot / 2 for fault in lasting)


def test_material_holds_duplicates_and_files_that_nobody_can_take_and_the_same_again_for_the_same_seed(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()

    first, second = (material(tmp_path / name, 25, 4) for name in ("first", "second"))

    assert [sent.path.read_bytes() for sent in first] == [sent.path.read_bytes() for sent in second]
    assert len({sent.path for sent in first}) == 20
    assert len({sent.path.read_bytes() for sent in first}) == 20
    assert {sent.ends for sent in first} == {"published", "rejected"}
    assert {sent.path.suffix for sent in first} == {".jpg", ".mp4"}


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire to a server that says everything twice."""
    with network() as loop, socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer, args=(server,), daemon=True).start()
        yield Wire(loop, server.getsockname()[1])


def _answer(server: socket.socket) -> None:
    def serve(connection: socket.socket) -> None:
        with connection, suppress(ConnectionResetError):  # a wire that is cut says so
            while data := connection.recv(1000):
                connection.sendall(data * 2)

    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


@contextmanager
def client(wire: Wire, timeout: float = 5) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", wire.port), timeout=timeout) as connection:
        yield connection


def said(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(1000)


def test_a_wire_carries_both_ways(wire):
    with client(wire) as connection:
        assert said(connection, b"a") == b"aa"
        assert said(connection, b"b") == b"bb"


def test_over_a_silent_wire_nothing_comes_until_it_is_healed_and_then_all_does(wire):
    with client(wire, timeout=0.3) as connection:
        said(connection, b"a")
        wire.silence()
        with pytest.raises(TimeoutError):
            said(connection, b"b")
        with client(wire, timeout=0.3) as late, pytest.raises(TimeoutError):
            said(late, b"c")

        wire.heal()

        connection.settimeout(5)
        assert connection.recv(1000) == b"bb"


def test_a_refusing_wire_breaks_what_is_open_and_what_is_opened_until_it_is_healed(wire):
    with client(wire) as connection:
        said(connection, b"a")

        wire.refuse()

        assert broken(connection)
    with client(wire) as late:
        assert broken(late)
    wire.heal()
    with client(wire) as healed:
        assert said(healed, b"d") == b"dd"


def broken(connection: socket.socket) -> bool:
    try:
        return said(connection, b"x") == b""
    except ConnectionError:
        return True


def test_a_slow_wire_is_late_each_way(wire):
    wire.slow(0.2)

    with client(wire) as connection:
        began = time.monotonic()
        assert said(connection, b"a") == b"aa"

    assert time.monotonic() - began >= 0.4


def test_an_end_that_closes_is_told_to_the_other(wire):
    with client(wire) as connection:
        said(connection, b"a")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""


def test_a_wrong_clock_is_wrong_by_as_much_as_was_said_for_all_who_ask():
    script = (
        "import time, datetime as d; now = d.datetime.now(d.UTC); "
        "print(time.time(), now.timestamp(), isinstance(now, d.datetime), d.datetime(2020, 6, 1).year)"
    )
    clock = Path(__file__).parents[2] / "chaos" / "clock"
    wrong = {**os.environ, "PYTHONPATH": str(clock), "CHAOS_CLOCK": "-600"}

    done = subprocess.run([sys.executable, "-c", script], env=wrong, capture_output=True, text=True, check=True)

    asked, told, *right = done.stdout.split()
    assert abs(float(asked) + 600 - time.time()) < 20
    assert abs(float(told) + 600 - datetime.now().timestamp()) < 20
    assert right == ["True", "2020"]
