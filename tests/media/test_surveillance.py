"""Exports of surveillance recorders are read by what they are, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media import clips, measures, surveillance
from tests.running import Footage


@pytest.fixture
def footage(small_footage: Footage) -> Footage:
    return small_footage


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


@pytest.mark.parametrize(("suffix", "codec"), [("avi", "pcm_mulaw"), ("avi", "adpcm_ima_wav"), ("mov", "pcm_alaw")])
def test_telephone_sound_is_heard(footage, tmp_path, suffix, codec):
    sources = ("-f", "lavfi", "-i", "testsrc2=s=352x288:r=8:d=2", "-f", "lavfi", "-i", "sine=440:sample_rate=8000:d=2")
    film = tmp_path / f"film.{suffix}"
    clips.ffmpeg(*sources, *surveillance.ENCODER, "-c:a", codec, str(film))

    master, _ = published(footage, film)

    assert measures.loudness(master) > -40


def test_a_transport_stream_whose_clock_wraps_is_published_whole(footage, tmp_path):
    sources = ("-f", "lavfi", "-i", "testsrc2=s=352x288:r=25:d=3", "-f", "lavfi", "-i", "sine=440:d=3")
    film = tmp_path / "wraps.ts"
    moved = ("-output_ts_offset", "95441.5", "-mpegts_copyts", "1")  # 33 bits of 90 kHz end at 95443.7 s
    clips.ffmpeg(*sources, *surveillance.ENCODER, "-c:a", "aac", *moved, str(film))

    master, codes = published(footage, film)

    assert frames(master) in {75, 76}
    assert not codes & {"gap", "clock-back"}
