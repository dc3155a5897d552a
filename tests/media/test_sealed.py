"""Camera, place and time are kept under seal, and are in nothing that circulates."""

from __future__ import annotations

import json
from hashlib import sha256

from PIL import Image

from tests.media import clips

PLACE, CAMERA = "+23.4301+115.8402", "PHONE-QX7"


def test_a_films_camera_place_and_time_are_sealed_and_nowhere_else(footage, tmp_path):
    tags = ("-metadata", f"location={PLACE}/", "-metadata", f"com.apple.quicktime.model={CAMERA}")
    tags += ("-metadata", "creation_time=2020-06-16T02:11:12Z", "-movflags", "use_metadata_tags")
    plain = clips.make(tmp_path / "plain.mp4", clips.Clip(seconds=1, width=320, height=180))
    clips.ffmpeg("-i", str(plain), "-c", "copy", *tags, str(tmp_path / "film.mov"))

    done = footage("process", tmp_path / "film.mov", "--json", FOOTAGE_LOG_LEVEL="DEBUG")

    (record,) = footage.stored("sealed")
    sealed = json.loads(record.read_text())
    assert done.objects[0]["state"] == "published"
    assert (sealed["place"], sealed["camera"]) == (f"{PLACE}/", CAMERA)
    assert sealed["taken"].startswith("2020-06-16T02:11:12")
    assert_nowhere_else(footage, done, PLACE, CAMERA)


def test_a_photos_camera_place_and_time_are_sealed_and_nowhere_else(footage, tmp_path):
    exif = Image.Exif()
    exif[0x0110] = CAMERA
    exif.get_ifd(0x8769)[0x9003] = "2020:06:16 10:11:12"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 25.0, 48.36), 3: "E", 4: (115.0, 50.0, 24.72)})
    Image.new("RGB", (2000, 1500), "orange").save(tmp_path / "photo.jpg", exif=exif)

    done = footage("process", tmp_path / "photo.jpg", "--json", FOOTAGE_LOG_LEVEL="DEBUG")

    (record,) = footage.stored("sealed")
    sealed = json.loads(record.read_text())
    assert done.objects[0]["state"] == "published"
    assert sealed == {
        "taken": "2020:06:16 10:11:12",
        "zone": "",
        "camera": CAMERA,
        "serial": "",
        "place": "+23.430100+115.840200",
        "owner": "",
        "xmp": "",
        "parts": [],
    }
    assert_nowhere_else(footage, done, "23.43", CAMERA)


def test_what_a_photo_says_in_xmp_is_sealed_and_what_is_no_text_is_named_by_its_hash(footage, tmp_path):
    exif, notes, film = Image.Exif(), b"ACME\0" + bytes(range(200)), b"a film behind the picture"
    exif.get_ifd(0x8769)[0x927C] = notes
    packet = f"<x:xmpmeta><dc:creator>{CAMERA}</dc:creator></x:xmpmeta>"
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (2000, 1500), "orange").save(path, exif=exif, xmp=packet.encode())
    path.write_bytes(path.read_bytes() + film)

    done = footage("process", path, "--json", FOOTAGE_LOG_LEVEL="DEBUG")

    (record,) = footage.stored("sealed")
    sealed = json.loads(record.read_text())
    assert sealed["xmp"] == packet
    assert sealed["parts"] == [
        {"kind": kind, "size": len(data), "sha256": sha256(data).hexdigest()}
        for kind, data in (("maker-note", notes), ("trailing", film))
    ]
    assert_nowhere_else(footage, done, CAMERA, "a film behind")


def assert_nowhere_else(footage, done, *secrets: str) -> None:
    status = footage("status", "--json")
    told = done.out + done.err + status.out
    published = b"".join(path.read_bytes() for path in footage.stored("published"))
    for secret in secrets:
        assert secret not in told
        assert secret.encode() not in published


def test_tags_in_gbk_are_no_reason_to_refuse_a_film(footage, tmp_path):
    film = clips.make(
        tmp_path / "film.avi",
        clips.Clip(seconds=1, width=320, height=180, encoder=("-c:v", "mpeg4", "-metadata", "title=AAAA")),
    )
    film.write_bytes(film.read_bytes().replace(b"AAAA", "安全".encode("gbk")))

    assert footage("process", film, "--json").objects[0]["state"] == "published"
