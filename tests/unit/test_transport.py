"""What is missing of a transport stream is counted; what is only laid end to end, padded or not ours is no loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.tools.damage.transport import losses

PICTURE, SOUND, OTHER = 256, 257, 4096


def packet(stream: int, number: int, *, begins: bool = False, jumps: bool = False, broken: bool = False) -> bytes:
    head = 0x47, broken << 7 | begins << 6 | stream >> 8, stream & 0xFF
    adapted = bytes((0x30 | number % 16, 1, 0x80)) if jumps else bytes((0x10 | number % 16,))
    return (bytes(head) + adapted).ljust(188, b"\x55")


def film(count: int = 200) -> list[bytes]:
    return [packet((PICTURE, SOUND)[n % 2], n // 2, begins=n % 14 < 2) for n in range(count)]


@pytest.fixture
def lost(tmp_path):
    def lost(packets: Sequence[bytes], streams: Sequence[int] = (PICTURE, SOUND)) -> int:
        path = tmp_path / "film.ts"
        Path(path).write_bytes(b"".join(packets))
        with path.open("rb") as file:
            return losses(file, streams).places

    return lost


@pytest.fixture
def is_cut(tmp_path):
    def is_cut(data: bytes) -> bool:
        path = tmp_path / "film.ts"
        Path(path).write_bytes(data)
        with path.open("rb") as file:
            return losses(file, (PICTURE, SOUND)).cut

    return is_cut


def test_nothing_is_missing_of_a_whole_one_however_many_packets_are_read_at_once(lost, monkeypatch):
    monkeypatch.setattr("pipelines.tools.damage.transport._BLOCK", 7 * 188 + 5)

    assert lost(film()) == 0
    assert lost([bytes(4) + it for it in film()]) == 0  # AVCHD


def test_a_packet_left_out_is_a_loss_of_its_stream_and_of_no_other(lost):
    packets = film()
    del packets[106]  # neither it nor the next of its stream begins anything

    assert lost(packets) == lost(packets, [PICTURE]) == 1
    assert lost(packets, [SOUND]) == 0


def test_the_first_loss_is_found_where_it_is_however_many_packets_are_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.tools.damage.transport._BLOCK", 7 * 188 + 5)
    packets, path = film(), tmp_path / "film.ts"
    del packets[106]
    del packets[50]  # of the other stream's; nothing begins there either
    path.write_bytes(b"".join(packets))

    with path.open("rb") as file:
        found = losses(file, (PICTURE, SOUND))

    assert found.places == 2
    assert found.first == 51 * 188  # the next packet of its stream


@pytest.mark.parametrize("stretch", [bytes(188), b"\xb8" * 188, bytes(400), b"\xff" * 1000])
def test_bytes_that_are_no_packet_are_one_loss_and_what_they_cover_another(lost, stretch):
    data = b"".join(film())
    at = 188 * 100 + 17

    assert lost([data[:at], stretch, data[at + len(stretch) :]]) >= 1
    assert lost([data[:at], stretch, data[at:]]) >= 1  # pushed in between


def test_what_a_receiver_has_marked_as_broken_is_a_loss(lost):
    packets = film()
    packets[106] = packet(PICTURE, 53, broken=True)

    assert lost(packets) == 1


def test_what_counts_anew_where_something_begins_or_says_so_is_no_loss(lost):
    first, second = film(101), film()

    assert lost([*first, *second]) == 0
    assert lost([*first, packet(PICTURE, 9, jumps=True), packet(PICTURE, 10)]) == 0


def test_a_packet_sent_twice_and_one_that_carries_nothing_are_no_loss(lost):
    packets = film()
    packets.insert(107, packets[106])
    packets.insert(120, b"\x47\x01\x00\x20" + bytes(184))

    assert lost(packets) == 0


def test_what_no_packet_follows_is_no_loss(lost):
    assert lost([*film(), bytes(5000)]) == lost([b"\x01\x02", *film(), b"\x47" * 100]) == 0


def test_a_file_that_is_none_has_lost_nothing(lost):
    assert lost([b"x"]) == lost([bytes(10_000)]) == lost([b"\x47" + bytes(5000)]) == 0


@pytest.mark.parametrize("stamp", [b"", bytes(4)], ids=["TS", "AVCHD"])
def test_a_file_that_ends_within_a_packet_is_cut(is_cut, stamp, monkeypatch):
    monkeypatch.setattr("pipelines.tools.damage.transport._BLOCK", 40 * 188)
    whole = b"".join(stamp + it for it in film())

    assert not is_cut(whole)
    assert not is_cut(whole + bytes(100))  # filled
    assert is_cut(whole + stamp + packet(PICTURE, 100)[:1])
    assert is_cut(whole[:-100])


def test_a_jump_that_a_packet_without_anything_announces_is_no_loss(lost):
    announcing = b"\x47\x01\x00\x23\x01\x80".ljust(188, b"\x55")

    assert lost([*film(101), announcing, packet(PICTURE, 4), packet(PICTURE, 5)]) == 0


def test_what_fills_the_time_between_two_recordings_is_no_loss(lost):
    assert lost([*film(140), bytes(5000), *film(140)]) == 0
    assert lost([*film(140), b"\xff" * 188_000, *film(140)]) == 0


def test_a_time_stamp_that_looks_like_the_beginning_of_a_packet_is_none(lost):
    stamped = [bytes((0, 0x47, 0, n % 256)) + it for n, it in enumerate(film())]

    assert lost(stamped) == 0
    assert lost([b"\x01" * 9, *stamped]) == 0
