"""A picture in H.265 of which one bit is wrong is told from one that is whole, whatever its decoder says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from pipelines.domain.model import Integrity, VideoFacts
from pipelines.sandbox.limits import Scratch
from pipelines.stages.probe import probe
from pipelines.tools.bitstream.slices import CodedPicture, Stream
from pipelines.tools.damage.unread import Drawing, is_unread
from tests.media import clips

_WAYS = {
    "one slice": "no-wpp=1",
    "a row at a time": "wpp=1",
    "several slices": "wpp=1:slices=2",
    "open GOPs": "no-wpp=1:open-gop=1:bframes=3:b-adapt=0",
}


@pytest.fixture(scope="module", params=_WAYS.values(), ids=_WAYS.keys())
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "phone.mp4"
    picture = "testsrc2=size=416x256:rate=25:duration=0.64,noise=alls=20:allf=t"
    settings = f"log-level=none:keyint=10:{request.param}"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", settings, "-pix_fmt", "yuv420p")
    clips.ffmpeg("-f", "lavfi", "-i", picture, *coded, str(path))
    return path


@pytest.fixture
def film(whole: Path, tmp_path: Path) -> Path:
    """To be spoilt."""
    return Path(shutil.copyfile(whole, tmp_path / "phone.mp4"))


def pictures(film: Path) -> tuple[list[bytes], Stream]:
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        return packets, Stream(bytes(container.streams.video[0].codec_context.extradata or b""))


def broken(packets: list[bytes], stream: Stream, spoilt: Callable[[bytes], bytes] = lambda it: it) -> list[bool]:
    """Of each picture, spoilt, after those before it as they are."""

    def is_broken(number: int, packet: bytes) -> bool:
        picture = CodedPicture(stream.units(spoilt(packet)), stream.is_counted)
        return is_unread(picture, packets[:number], Drawing(stream.opened))

    return [is_broken(*it) for it in enumerate(packets)]


def test_no_picture_of_a_whole_film_is_taken_for_broken(film):
    packets, stream = pictures(film)

    assert not any(broken(packets, stream))


def test_nearly_every_picture_with_one_bit_overturned_in_its_first_half_is_told(film):
    packets, stream = pictures(film)

    def spoilt(packet: bytes) -> bytes:
        at = len(packet) * 2 // 5
        return packet[:at] + bytes([packet[at] ^ 0x10]) + packet[at + 1 :]

    told = broken(packets, stream, spoilt)

    assert sum(told) >= len(told) * 4 // 5


def integrity(film: Path, folder: Path) -> Integrity:
    folder.mkdir()
    facts = probe(film, Scratch(folder))
    assert isinstance(facts, VideoFacts)
    return facts.integrity


def torn(film: Path, folder: Path) -> int:
    return integrity(film, folder).torn


def test_facts_count_them_in_a_film_whose_index_is_whole(film, tmp_path):
    data, (packets, _) = bytearray(film.read_bytes()), pictures(film)
    data[data.index(packets[4]) + len(packets[4]) // 3] ^= 0x10
    film.write_bytes(data)

    found = integrity(film, tmp_path / "scratch")

    assert found.torn == 1
    assert found.torn_from is not None
    assert found.torn_from < 1  # the fifth packet of a film of 25 frames a second


def test_tags_in_an_old_encoding_keep_no_film_from_being_looked_through(film, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    title = "title=" + os.fsdecode("安全".encode("gbk"))
    clips.ffmpeg("-i", str(film), "-c", "copy", "-metadata", title, str(tagged))
    data, (packets, _) = bytearray(tagged.read_bytes()), pictures(film)
    data[data.index(packets[4]) + len(packets[4]) // 3] ^= 0x10
    tagged.write_bytes(data)

    assert torn(tagged, tmp_path / "scratch") == 1


def test_two_films_laid_end_to_end_each_with_its_own_parameter_sets_are_whole(tmp_path):
    coded = ("-c:v", "libx265", "-pix_fmt", "yuv420p", "-x265-params")
    parts = []
    for number, settings in enumerate(("repeat-headers=1:opt-qp-pps=1:keyint=5", "ctu=32:no-sao=1:max-merge=1")):
        parts.append(tmp_path / f"{number}.ts")
        picture = f"testsrc2=size=416x256:rate=25:duration=1,noise=alls=20:allf=t,hue=h={90 * number}"
        offset = ("-output_ts_offset", str(number))
        source = ("-f", "lavfi", "-i", picture)
        clips.ffmpeg(*source, *coded, f"log-level=none:{settings}", "-preset", "ultrafast", *offset, str(parts[-1]))
    film = tmp_path / "both.ts"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))

    assert torn(film, tmp_path / "scratch") == 0


def test_recordings_laid_end_to_end_that_each_count_for_themselves_are_published_as_whole(footage, tmp_path):
    film = tmp_path / "segments.ts"
    sources = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=d=2")
    cut = ("-f", "segment", "-segment_time", "1", "-segment_format", "mpegts", "-individual_header_trailer", "1")
    coded = ("-g", "25", "-sc_threshold", "0", "-pix_fmt", "yuv420p")
    clips.ffmpeg(*sources, *coded, *cut, str(tmp_path / "part%d.ts"))
    film.write_bytes(b"".join(part.read_bytes() for part in sorted(tmp_path.glob("part*.ts"))))

    (result,) = footage("process", film, "--json").objects

    assert result["state"] == "published"
    assert not {"damaged", "truncated"} & {finding["code"] for finding in result["findings"]}


@pytest.fixture
def webm(tmp_path: Path) -> Path:
    path = tmp_path / "film.webm"
    picture = "testsrc2=size=640x360:rate=25:duration=1,noise=alls=12:allf=t"
    clips.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libvpx", "-cpu-used", "5", "-threads", "1", str(path))
    return path


def test_a_whole_film_in_vp8_is_whole_and_one_with_a_stretch_overturned_is_not(webm, tmp_path):
    whole = torn(webm, tmp_path / "whole")
    data, (packets, _) = bytearray(webm.read_bytes()), pictures(webm)
    at = data.index(packets[8]) + len(packets[8]) // 2
    data[at : at + 16] = bytes(it ^ 0xFF for it in data[at : at + 16])
    webm.write_bytes(data)

    assert whole == 0
    assert torn(webm, tmp_path / "spoilt") == 1


def test_a_black_film_in_vp8_whose_pictures_hold_next_to_nothing_is_whole(tmp_path):
    path = tmp_path / "black.webm"
    clips.ffmpeg("-f", "lavfi", "-i", "color=black:s=640x360:r=25:d=2", "-c:v", "libvpx", str(path))

    assert torn(path, tmp_path / "scratch") == 0
