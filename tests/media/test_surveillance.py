"""Exports of surveillance recorders are read by what they are, whatever they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media import clips, measures, surveillance
from tests.media.test_bad_input import refused
from tests.running import Footage


@pytest.fixture
def footage(tiny_footage: Footage) -> Footage:
    return tiny_footage


def published(footage: Footage, path: Path) -> tuple[Path, set[str]]:
    """The master, and the codes of what was found."""
    done = footage("process", path, "--json")
    assert done.status == 0, done.out + done.err
    result = done.objects[0]
    master = next(Path(output["path"]) for output in result["outputs"] if output["role"] == "master")
    return master, {finding["code"] for finding in result["findings"]}


def frames(master: Path) -> int:
    return int(measures.track(master, "Video")["frame_count"])


def test_a_dav_is_published_with_its_g711_sound(footage, tmp_path):
    master, codes = published(footage, surveillance.dav(tmp_path / "通道1.dav"))

    assert frames(master) == 50
    assert measures.loudness(master) > -40
    assert not codes & {"no-audio", "sound-unreadable"}


@pytest.mark.parametrize("g711", [False, True])
def test_a_program_stream_behind_a_private_header_is_published(footage, tmp_path, g711):
    master, codes = published(footage, surveillance.program_stream(tmp_path / "海康.mp4", g711=g711))

    assert frames(master) >= 50
    assert measures.loudness(master) > -40 or "sound-unreadable" in codes


@pytest.mark.parametrize(
    ("name", "rate", "encoder"),
    [
        ("通道.h264", "25", surveillance.ENCODER),
        ("通道.264", "12.5", surveillance.ENCODER),
        ("通道.h265", "6", ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast")),
    ],
)
def test_a_stream_without_a_container_is_published_at_its_own_rate(footage, tmp_path, name, rate, encoder):
    film = surveillance.raw(tmp_path / f"raw{Path(name).suffix}", rate=rate, encoder=(*encoder, "-pix_fmt", "yuv420p"))

    master, codes = published(footage, film.rename(tmp_path / name))

    assert int(measures.track(master, "Video")["duration"]) == pytest.approx(2000, abs=50)
    assert ("few-frames" in codes) == (float(rate) < 15)
    assert "rate-assumed" not in codes


def test_a_recording_that_breaks_off_after_its_first_frame_is_that_frame(footage, tmp_path):
    """Its one packet of picture lasts a tick, which is less than half a frame of the master."""
    *_, first = _first_chunks(tmp_path, 2)

    result = footage("process", first, "--json").objects[0]

    assert result["state"] == "published", result["findings"]
    (master,) = [output for output in result["outputs"] if output["role"] == "master"]
    assert frames(Path(master["path"])) == 1


def test_a_recording_whose_clock_counts_from_1970_is_refused_and_no_fault_of_ours(footage, tmp_path):
    """Libavformat finds no beginning of one packet alone, so its time stays the recorder's."""
    *_, first = _first_chunks(tmp_path, 1)

    refused(footage, first, "unreadable")


def _first_chunks(folder: Path, count: int) -> list[Path]:
    """Write the beginnings of a DAV, each a chunk longer: the first is a picture, the second its sound."""
    data = surveillance.dav(folder / "whole.dav").read_bytes()
    ends, made = [at.start() for at in re.finditer(b"DHAV", data)][1 : count + 1], []
    for number, end in enumerate(ends, 1):
        made.append(folder / f"first-{number}.dav")
        made[-1].write_bytes(data[:end])
    return made


def test_a_stream_that_names_no_rate_is_taken_for_25_frames_a_second_and_that_is_told(footage, tmp_path):
    unnamed = ("-c:v", "libx265", "-x265-params", "log-level=none:vui-timing-info=0", "-preset", "ultrafast")
    film = surveillance.raw(tmp_path / "通道.265", rate="12", encoder=(*unnamed, "-pix_fmt", "yuv420p"))

    master, codes = published(footage, film)

    assert "rate-assumed" in codes
    assert int(measures.track(master, "Video")["duration"]) == 24 * 1000 // 25


@pytest.mark.parametrize(("suffix", "codec"), [("avi", "pcm_mulaw"), ("avi", "adpcm_ima_wav"), ("mov", "pcm_alaw")])
def test_telephone_sound_is_heard(footage, tmp_path, suffix, codec):
    sources = ("-f", "lavfi", "-i", "testsrc2=s=176x144:r=8:d=2", "-f", "lavfi", "-i", "sine=440:sample_rate=8000:d=2")
    film = tmp_path / f"film.{suffix}"
    clips.ffmpeg(*sources, *surveillance.ENCODER, "-c:a", codec, str(film))

    master, _ = published(footage, film)

    assert measures.loudness(master) > -40


def test_a_transport_stream_whose_clock_wraps_is_published_whole(footage, tmp_path):
    sources = ("-f", "lavfi", "-i", "testsrc2=s=176x144:r=25:d=3", "-f", "lavfi", "-i", "sine=440:d=3")
    film = tmp_path / "wraps.ts"
    moved = ("-output_ts_offset", "95441.5", "-mpegts_copyts", "1")  # 33 bits of 90 kHz end at 95443.7 s
    clips.ffmpeg(*sources, *surveillance.ENCODER, "-c:a", "aac", *moved, str(film))

    master, codes = published(footage, film)

    assert frames(master) in {75, 76}
    assert not codes & {"gap", "clock-back"}


def test_a_whole_packet_of_sound_that_is_missing_is_told_with_its_time(footage, tmp_path):
    """Its continuity counter comes round again: sixteen transport packets, or as many as are left of it."""
    film, path = tmp_path / "whole.ts", tmp_path / "lost.ts"
    sources = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i", "sine=d=4")
    clips.ffmpeg(*sources, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "mp2", "-b:a", "64k", str(film))
    packets = [film.read_bytes()[at : at + 188] for at in range(0, film.stat().st_size, 188)]
    sound = [number for number, it in enumerate(packets) if int.from_bytes(it[1:3], "big") & 0x1FFF == 257]
    begins = [number for number in sound if packets[number][1] & 0x40]
    first = next(number for number in begins if number > len(packets) // 2)
    gone = {number for number in sound if number >= first and number < begins[begins.index(first) + 1]}
    left = [it for number, it in enumerate(packets) if number not in gone]
    path.write_bytes(b"".join(_counted_anew(left, 257)))

    result = footage("process", path, "--json").objects[0]

    told = {finding["code"]: finding["text"] for finding in result["findings"]}
    assert result["state"] == "published", result["findings"]
    assert re.search(r"0\.[1-9]\d 秒缺失（约 00:00:0[12] 起）", told["sound-lost"]), told


def _counted_anew(packets: list[bytes], stream: int) -> Iterator[bytes]:
    number = 0
    for packet in packets:
        ours = int.from_bytes(packet[1:3], "big") & 0x1FFF == stream
        yield packet[:3] + bytes([packet[3] & 0xF0 | number % 16]) + packet[4:] if ours else packet
        number += ours


def test_a_fragmented_recording_that_breaks_off_between_two_parts_is_told(footage, tmp_path):
    film, path = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    parts = ("-g", "25", "-movflags", "frag_keyframe+empty_moov")
    sources = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=d=2")
    clips.ffmpeg(*sources, "-c:v", "libx264", "-preset", "ultrafast", *parts, str(film))
    path.write_bytes(film.read_bytes()[: film.read_bytes().rindex(b"moof") - 4])

    streamed, trailed = tmp_path / "segment.mp4", tmp_path / "trailed.mp4"
    clips.ffmpeg("-i", str(film), "-c", "copy", "-movflags", "dash+empty_moov+skip_trailer", str(streamed))
    trailed.write_bytes(film.read_bytes() + clips.box(b"free", bytes(64)))

    *whole, cut = footage("process", film, streamed, trailed, path, "--json").objects

    for result in whole:
        assert "unfinished" not in {finding["code"] for finding in result["findings"]}, result["file"]
    assert cut["state"] == "published"
    assert "unfinished" in {finding["code"] for finding in cut["findings"]}
