"""A fact is the same whatever container carries it; what holds more than one film, or none, is told."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pipelines.domain.model import Refusal, VideoFacts
from pipelines.tools.video import probe_video
from tests.media import clips, measures
from tests.media.clips import box
from tests.media.test_bad_input import refused
from tests.running import Footage
from tests.unit.facts import small_rules

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
COPY = ("-c", "copy", "-strict", "unofficial")


def facts(path: Path) -> VideoFacts | Refusal:
    with path.open("rb") as file:
        return probe_video.read(file.fileno(), lambda _: None)


def carried(film: Path, suffix: str) -> Path:
    """The same film in another container."""
    if suffix == "mp4":
        return film
    clips.ffmpeg("-i", str(film), *COPY, str(film.with_suffix(f".{suffix}")))
    return film.with_suffix(f".{suffix}")


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return clips.make(tmp_path / "plain.mp4", clips.Clip(seconds=1))


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(("compatible", "alone"), [(0, True), (4, False)])
def test_dolby_vision_without_a_base_layer_is_refused(plain, tmp_path, suffix, compatible, alone):
    record = bytes([1, 0, 5 << 1, 0b101, compatible << 4]) + bytes(19)
    film = carried(clips.with_box(plain, tmp_path / "dolby.mp4", box(b"dvcC", record)), suffix)

    found = facts(film)

    assert (isinstance(found, Refusal) and found.finding.code == "dolby-vision") == alone


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_a_clean_aperture_is_known(plain, tmp_path, suffix):
    found = facts(carried(clips.with_aperture(plain, tmp_path / "cropped.mp4", 600, 300), suffix))

    assert isinstance(found, VideoFacts)
    assert (found.geometry.crop, found.width, found.height) == ((600, 300), 600, 300)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_a_rotation_is_known(plain, tmp_path, suffix):
    turned = tmp_path / f"turned.{suffix}"
    clips.ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(turned))

    found = facts(turned)

    assert isinstance(found, VideoFacts)
    assert (found.width, found.height, found.geometry.rotation % 180) == (360, 640, 90)


EQUIRECTANGULAR = box(b"proj", box(b"prhd", bytes(16)) + box(b"equi", bytes(20)))
SPHERE = box(b"sv3d", box(b"svhd", bytes(4) + b"x\0") + EQUIRECTANGULAR)
PACKED = struct.pack(">I4sIB", 13, b"st3d", 0, 2)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(("content", "told"), [(SPHERE, ("equirectangular", "")), (PACKED, ("", "side by side"))])
def test_a_spherical_or_stereoscopic_film_is_known(plain, tmp_path, suffix, content, told):
    found = facts(carried(clips.with_box(plain, tmp_path / "special.mp4", content), suffix))

    assert isinstance(found, VideoFacts)
    assert (found.geometry.projection, found.geometry.stereo) == told


def test_the_film_is_published_and_not_the_cover_that_comes_first_by_default(footage, tmp_path):
    film = tmp_path / "cover.mp4"
    sources = [
        part
        for source in ("testsrc2=s=640x640:r=1:d=3", "testsrc2=s=640x360:r=25:d=3")
        for part in ("-f", "lavfi", "-i", source)
    ]
    flags = ("-disposition:v:0", "default", "-disposition:v:1", "0")
    clips.ffmpeg(*sources, "-map", "0", "-map", "1", *X264, *flags, str(film))

    result = footage("process", film, "--json").objects[0]

    master = next(Path(output["path"]) for output in result["outputs"] if output["role"] == "master")
    assert measures.track(master, "Video")["frame_count"] == "75"
    assert "more-pictures" not in {finding["code"] for finding in result["findings"]}


def test_a_second_film_in_the_file_is_told(footage, tmp_path):
    film = tmp_path / "dashcam.mp4"
    sources = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1")
    clips.ffmpeg(*sources, *sources, "-map", "0", "-map", "1", *X264, str(film))

    result = footage("process", film, "--json").objects[0]

    told = next(finding["text"] for finding in result["findings"] if finding["code"] == "more-pictures")
    assert "2 路画面" in told


def test_where_the_profile_says_so_each_picture_becomes_a_master_of_its_own(tmp_path):
    """A dash cam's rear camera, of another size and shape, with the sound that both share."""
    film, rules = tmp_path / "dashcam.mp4", tmp_path / "campaign.toml"
    rules.write_text(small_rules().replace("least_side =", 'pictures = "each"\nleast_side =', 1), encoding="utf-8")
    front, rear = (
        ("-f", "lavfi", "-i", f"{source}:r=25:d=2") for source in ("testsrc2=s=640x360", "smptebars=s=320x240")
    )
    sound = ("-f", "lavfi", "-i", "sine=d=2")
    clips.ffmpeg(*front, *rear, *sound, "-map", "0", "-map", "1", "-map", "2", *X264, str(film))

    footage = Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))

    result = footage("process", film, "--json").objects[0]

    made = {
        output["role"]: Path(output["path"]) for output in result["outputs"] if output["role"] in {"master", "angle"}
    }
    pictures = {role: measures.track(path, "Video") for role, path in made.items()}
    assert made["angle"].name.endswith("angle-2.mp4")
    assert {role: picture["frame_count"] for role, picture in pictures.items()} == {"master": "50", "angle": "50"}
    assert {(picture["width"], picture["height"]) for picture in pictures.values()} == {(640, 360)}
    assert measures.track(made["angle"], "Audio")["format"] == "AAC"
    assert {"angles-made"} == {found["code"] for found in result["findings"]} & {"angles-made", "more-pictures"}


def test_sound_with_a_cover_is_no_film(footage, tmp_path):
    song = tmp_path / "song.m4a"
    cover = ("-map", "0", "-map", "1", "-c:v", "mjpeg", "-frames:v", "1", "-disposition:v:0", "attached_pic")
    sources = ("-f", "lavfi", "-i", "testsrc2=s=640x640:r=1:d=1", "-f", "lavfi", "-i", "sine=440:d=3")
    clips.ffmpeg(*sources, *cover, str(song))

    refused(footage, song, "no-video")


def test_an_encrypted_film_is_locked_and_not_damaged(footage, tmp_path):
    film = tmp_path / "locked.mp4"
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 31 + "1", "-encryption_kid", "0" * 31 + "2")
    clips.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1", *X264, *key, str(film))

    refused(footage, film, "locked")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("现场.mp4", b"PK\x03\x04\x14\x00\x01\x00" + bytes(200), "locked"),
        ("现场.mp4", b"PK\x03\x04\x14\x00\x00\x00" + bytes(200), "archive"),
        ("现场.jpg", b"Rar!\x1a\x07\x01\x00" + bytes(200), "archive"),
        ("现场.mov", b"7z\xbc\xaf\x27\x1c" + bytes(200), "archive"),
    ],
)
def test_an_archive_is_told_to_be_one(footage, tmp_path, name, data, code):
    path = tmp_path / name
    path.write_bytes(data)

    refused(footage, path, code)


def test_an_index_without_its_data_is_told(footage, plain, tmp_path):
    fast = tmp_path / "fast.mp4"
    clips.ffmpeg("-i", str(plain), "-c", "copy", "-movflags", "+faststart", str(fast))
    data = fast.read_bytes()
    film = tmp_path / "index.mp4"
    film.write_bytes(data[: data.index(b"mdat") - 4])

    refused(footage, film, "no-media-data")
