"""A picture in H.265 of which one bit is wrong is told from one that is whole, whatever its decoder says."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from pipelines.children.limits import Scratch
from pipelines.facts.probe import probe
from pipelines.facts.slices import CodedPicture
from pipelines.facts.unread import is_unread
from pipelines.model import VideoFacts
from tests.media import clips

_WAYS = {
    "one slice": "no-wpp=1",
    "a row at a time": "wpp=1",
    "several slices": "wpp=1:slices=2",
}


@pytest.fixture(params=_WAYS.values(), ids=_WAYS.keys())
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "phone.mp4"
    picture = "testsrc2=size=640x384:rate=25:duration=1,noise=alls=20:allf=t"
    settings = f"log-level=none:keyint=10:{request.param}"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", settings, "-pix_fmt", "yuv420p")
    clips.ffmpeg("-f", "lavfi", "-i", picture, *coded, str(path))
    return path


def pictures(film: Path) -> tuple[list[bytes], bytes]:
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        return packets, bytes(container.streams.video[0].codec_context.extradata or b"")


def test_no_picture_of_a_whole_film_is_taken_for_broken(film):
    packets, extradata = pictures(film)

    assert not any(is_unread(CodedPicture.of(packet, extradata), extradata) for packet in packets)


def test_nearly_every_picture_with_one_bit_overturned_in_its_first_half_is_told(film):
    packets, extradata = pictures(film)

    told = []
    for packet in packets:
        spoilt = bytearray(packet)
        spoilt[len(packet) * 2 // 5] ^= 0x10
        told.append(is_unread(CodedPicture.of(bytes(spoilt), extradata), extradata))

    assert sum(told) >= len(told) * 4 // 5


def test_facts_count_them_in_a_film_whose_index_is_whole(film, tmp_path):
    data, (packets, _) = bytearray(film.read_bytes()), pictures(film)
    data[data.index(packets[4]) + len(packets[4]) // 3] ^= 0x10
    film.write_bytes(data)
    folder = tmp_path / "scratch"
    folder.mkdir()

    facts = probe(film, Scratch(folder))

    assert isinstance(facts, VideoFacts)
    assert facts.torn == 1
