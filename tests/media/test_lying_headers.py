"""A header may lie about length, size or rate, and a stream may change midway: what decodes is believed, or refused."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from fuzz import headers
from tests.media import clips, measures
from tests.media.test_bad_input import refused
from tests.running import Footage
from worker.app import load_campaign

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture
def footage(tiny_footage: Footage) -> Footage:
    return tiny_footage


def test_the_size_that_decodes_is_believed_not_the_one_in_the_header(footage, tmp_path):
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=1, width=640, height=360))
    sizes = (640).to_bytes(2, "big") + (360).to_bytes(2, "big")
    data = film.read_bytes()
    assert data.count(sizes) == 1
    film.write_bytes(data.replace(sizes, (320).to_bytes(2, "big") + (240).to_bytes(2, "big")))

    result = footage("process", film, "--json").objects[0]

    facts = json.loads(Path(result["manifest"]).read_text())["facts"]
    still = next(measures.pixels(Path(o["path"])) for o in result["outputs"] if o["role"] == "still")
    assert (facts["geometry"]["width"], facts["geometry"]["height"]) == (640, 360)
    for corner, colour in measures.corners(still).items():
        assert measures.near(colour, clips.CORNERS[corner]), (corner, colour)


def test_the_rate_of_the_time_stamps_is_believed_not_the_one_in_the_stream(footage, tmp_path):
    encoder = (*X264, "-bsf:v", "h264_metadata=tick_rate=240")
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=2, width=320, height=180, rate="25", encoder=encoder))

    result = footage("process", film, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    track = measures.track(master, "Video")
    assert (track["frame_rate"], track["frame_count"], track["duration"]) == ("25.000", "50", 2000)


@pytest.mark.parametrize(
    ("name", "options"),
    [("late.mkv", ()), ("late.flv", ()), ("longer second sound.mkv", ("-f", "lavfi", "-i", "sine=700:d=6"))],
)
def test_a_header_may_count_from_zero_or_give_the_length_of_another_track(footage, tmp_path, name, options):
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=2, width=320, height=180, rate="25"))
    mapped = ("-map", "0", "-map", "1", "-c:v", "copy") if options else ("-c", "copy", "-output_ts_offset", "3")
    clips.ffmpeg("-i", str(film), *options, *mapped, str(tmp_path / name))

    result = footage("process", tmp_path / name, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert int(measures.track(master, "Video")["frame_count"]) in {50, 51}


def test_the_length_of_the_packets_is_believed_not_the_one_in_the_header(footage, tmp_path):
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=2, width=320, height=180, rate="25", sound=False))
    data = bytearray(film.read_bytes())
    for box, at in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20), (b"elst", 12)):
        place = data.index(box) + at
        data[place : place + 4] = (int.from_bytes(data[place : place + 4], "big") * 10).to_bytes(4, "big")
    film.write_bytes(data)

    result = footage("process", film, "--json").objects[0]

    master = next(o for o in result["outputs"] if o["role"] == "master")
    assert (result["state"], master["duration"]) == ("published", 2)


def test_a_stream_of_sixteen_thousand_lines_is_refused_before_it_costs_anything(footage, tmp_path):
    film = tmp_path / "wall.avi"
    picture = BytesIO()
    Image.new("L", (15_000, 15_000), 128).save(picture, "jpeg", quality=20)  # for a sixth of the work of ffmpeg
    with av.open(str(film), "w") as writer:
        stream = writer.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 15_000, 15_000, "yuvj420p"
        packet = av.Packet(picture.getvalue())
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        writer.mux(packet)

    result = refused(footage, film, "too-large")

    assert "2.25 亿像素" in result["findings"][-1]["text"]


def parts(tmp_path: Path, *sizes: str, sounds: tuple[str, str] = ("48000", "48000")) -> list[Path]:
    made = []
    for number, (size, rate) in enumerate(zip(sizes, sounds, strict=True)):
        sources = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration=2")
        sources += ("-f", "lavfi", "-i", f"sine=440:sample_rate={rate}:duration=2")
        made.append(tmp_path / f"part-{number}.ts")
        clips.ffmpeg(*sources, *X264, "-c:a", "aac", str(made[-1]))
    return made


@pytest.mark.parametrize(
    ("container", "sizes", "sounds"),
    [("mkv", ("320x180", "180x320"), ("48000", "48000")), ("ts", ("320x180", "320x180"), ("44100", "48000"))],
    ids=["picture", "sound"],
)
def test_a_stream_that_changes_midway_is_refused(footage, tmp_path, container, sizes, sounds):
    first, second = parts(tmp_path, *sizes, sounds=sounds)
    film = tmp_path / f"film.{container}"
    clips.ffmpeg("-i", f"concat:{first}|{second}", "-c", "copy", str(film))

    refused(footage, film, "changes-midway")


def test_recordings_laid_end_to_end_are_refused_and_not_cut_to_the_first(footage, tmp_path):
    first, second = parts(tmp_path, "320x180", "320x180")
    film = tmp_path / "joined.ts"
    film.write_bytes(first.read_bytes() + second.read_bytes())

    refused(footage, film, "clock-back")


@pytest.mark.parametrize(("rate", "frames", "code"), [("1/10", 8640, "too-long"), ("1/86400", 1, "gap")])
def test_a_day_of_one_picture_is_refused(footage, tmp_path, rate, frames, code):
    film = tmp_path / "day.mp4"
    source = ("-f", "lavfi", "-i", f"color=gray:size=64x36:rate={rate}", "-frames:v", str(frames))
    clips.ffmpeg(*source, *X264, "-g", "10000", "-video_track_timescale", "1000", str(film))

    refused(footage, film, code)


@pytest.mark.parametrize(("compatible", "taken"), [(0, False), (1, True), (4, True)])
def test_dolby_vision_is_taken_where_it_has_a_picture_that_others_can_show(footage, tmp_path, compatible, taken):
    plain = clips.make(tmp_path / "plain.mp4", clips.Clip(seconds=1, width=320, height=180))
    record = bytes([1, 0, 5 << 1, 0b101, compatible << 4]) + bytes(19)  # versions, profile, level and flags
    box = (8 + len(record)).to_bytes(4, "big") + b"dvcC" + record
    film = clips.with_box(plain, tmp_path / "dolby.mp4", box)

    if taken:
        assert footage("process", film, "--json").objects[0]["state"] == "published"
    else:
        refused(footage, film, "dolby-vision")


PROGRAM_STREAMS = {
    "h264": ("color=gray:s=704x576:r=25:d=8", ("-c:v", "libx264", "-pix_fmt", "yuv420p")),
    "mpeg2": ("testsrc2=s=704x576:r=25:d=8", ("-c:v", "mpeg2video")),
    "mpeg1": ("testsrc2=s=352x288:r=25:d=8", ("-c:v", "mpeg1video", "-b:v", "300k")),
}


@pytest.mark.parametrize("codec", PROGRAM_STREAMS)
def test_a_program_stream_whose_length_is_only_estimated_is_published_whole(footage, tmp_path, codec):
    picture, encoder = PROGRAM_STREAMS[codec]
    film = tmp_path / "film.mpg"
    clips.ffmpeg("-f", "lavfi", "-i", picture, *encoder, "-f", "vob", str(film))

    result = footage("process", film, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert measures.track(master, "Video")["frame_count"] == "200"
    assert "variable-frame-rate" not in {finding["code"] for finding in result["findings"]}


def test_a_header_that_says_less_than_the_packets_is_told_and_nothing_is_cut(footage, tmp_path):
    film = clips.make(
        tmp_path / "film.mp4",
        clips.Clip(seconds=10, width=320, height=180, rate="25", encoder=(*X264, "-use_editlist", "0"), sound=False),
    )
    data = bytearray(film.read_bytes())
    for box, at in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        place = data.index(box) + at
        said = int.from_bytes(data[place : place + 4], "big")
        data[place : place + 4] = (said * 96 // 100).to_bytes(4, "big")
    film.write_bytes(data)

    result = footage("process", film, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert measures.track(master, "Video")["frame_count"] == "250"
    told = next(finding for finding in result["findings"] if finding["code"] == "header-differs")
    assert "9.60 秒" in told["text"]
    assert "10.00 秒" in told["text"]


def test_no_header_that_lies_changes_how_many_frames_are_promised(tmp_path):
    reader = headers.Reader(load_campaign("jiexi-2020"))
    wrong = {}
    for lie in headers.lies(0, len(headers.FAMILIES)):
        whole = reader.frames(headers.make(lie.family, tmp_path, sound=lie.sound))
        film = tmp_path / f"lie.{lie.family.suffix}"
        lie.write(tmp_path, film)
        if (told := reader.frames(film)) not in {whole, "truncated"}:
            wrong[lie] = (told, whole)

    assert wrong == {}


@pytest.mark.parametrize("family", [family for family in headers.FAMILIES if family.name in {"mkv-h264", "asf"}])
def test_a_film_with_a_lying_header_is_published_to_the_frame(tmp_path, family, tiny, monkeypatch):
    monkeypatch.setenv("FOOTAGE_CAMPAIGN", str(tiny))
    film = tmp_path / f"lie.{family.suffix}"
    headers.Lie(1, family, sound=True, factor=0.9).write(tmp_path, film)

    assert headers.published_frames(film, tmp_path / "home") >= headers.FRAMES


def test_a_header_with_a_frame_rate_that_no_film_has_is_refused_as_broken(footage, tmp_path):
    path = clips.make(tmp_path / "rate.avi", clips.Clip(seconds=1, width=320, height=180))
    data = bytearray(path.read_bytes())
    scale = data.index(b"vids") + 20  # dwScale and dwRate of the stream's header
    data[scale : scale + 8] = struct.pack("<II", 1, 2_130_706_442)
    path.write_bytes(data)

    result = footage("process", path, "--json").objects[0]

    assert (result["state"], [found["code"] for found in result["findings"]]) == ("rejected", ["unreadable"])
    assert "时间戳有误" in result["findings"][0]["text"]
