"""A JPEG that complies keeps its picture data: the decoded pixels are equal, and nothing else is left of it."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from pipelines.tools.bitstream import jpeg
from pipelines.tools.photo.colour import SRGB_BYTES

SECRET = b"SECRET-PLACE"


def photo(size: tuple[int, int] = (640, 480)) -> Image.Image:
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return Image.fromarray(np.stack([x % 256, y % 256, (x * y) % 256], axis=2).astype(np.uint8))


def coded(image: Image.Image, **how: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **how)
    return file.getvalue()


def with_extras(data: bytes) -> bytes:
    """EXIF, XMP, a comment, a FlashPix block, Photoshop's block and a film behind the picture."""
    extras = [(0xE1, b"Exif\0\0" + SECRET), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET), (0xFE, SECRET)]
    extras += [(0xE2, b"FPXR\0" + SECRET), (0xED, b"Photoshop 3.0\0" + SECRET), (0xE0, b"JFXX\0" + SECRET)]
    segments = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in extras)
    return data[:2] + segments + data[2:] + b"\0\0\0\x18ftypmp42" + SECRET


KINDS = {
    "baseline": {"quality": 90},
    "progressive": {"quality": 90, "progressive": True},
    "4:4:4": {"quality": 95, "subsampling": 0},
    "restarts": {"quality": 90, "restart_marker_rows": 1},
    "optimised": {"quality": 70, "optimize": True},
    "RGB components": {"quality": 90, "keep_rgb": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixels_are_equal_and_everything_else_is_gone(kind):
    original = with_extras(coded(photo(), **KINDS[kind]))

    made = jpeg.bare(original, SRGB_BYTES)

    assert SECRET not in made
    with Image.open(io.BytesIO(original)) as before, Image.open(io.BytesIO(made)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
        assert (after.info["icc_profile"], dict(after.getexif()), after.info.get("comment")) == (SRGB_BYTES, {}, None)


@pytest.mark.parametrize(
    ("how", "unit"),
    [
        ({"subsampling": 0}, (8, 8)),
        ({"subsampling": 1}, (16, 8)),
        ({"subsampling": 2}, (16, 16)),
        ({"subsampling": 2, "progressive": True}, (16, 16)),
    ],
)
def test_the_unit_it_is_coded_in_is_told(how, unit):
    assert jpeg.structure(coded(photo(), **how)).unit == unit
    assert jpeg.structure(coded(photo().convert("L"), quality=90)).unit == (8, 8)


@pytest.mark.parametrize("cut", [30, 160, 170])
def test_without_a_whole_frame_header_there_is_no_unit(cut):
    with pytest.raises(jpeg.Broken):
        jpeg.structure(coded(photo())[:cut])


def test_what_lies_behind_the_picture_begins_where_it_ends():
    data = coded(photo(), quality=90)

    assert jpeg.structure(data + b"a film").end == len(data)
    assert jpeg.structure(with_extras(data)).end == with_extras(data).rindex(b"\0\0\0\x18ftyp")


def test_once_bare_it_stays_as_it_is():
    once = jpeg.bare(with_extras(coded(photo(), quality=90)), SRGB_BYTES)

    assert jpeg.bare(once, SRGB_BYTES) == once


def test_a_profile_larger_than_a_segment_is_whole_again():
    profile = bytes(range(256)) * 600

    made = jpeg.bare(coded(photo(), quality=90), profile)

    with Image.open(io.BytesIO(made)) as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize(("how", "process"), [({}, "baseline"), ({"progressive": True}, "progressive")])
def test_what_it_is_coded_as_is_read_off_its_frame_header(how, process):
    assert jpeg.structure(with_extras(coded(photo(), **how))).coding == process


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC9, 0xCA])
def test_a_coding_that_hardly_anything_reads_is_none_of_ours(marker):
    data = coded(photo())

    assert jpeg.structure(data.replace(b"\xff\xc0", bytes((0xFF, marker)), 1)).coding == ""


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 20, 300, 0.5, 0.99, -2, -1])
def test_wherever_it_is_cut_it_is_broken_and_never_half_a_picture(cut):
    data = coded(photo(), quality=90)
    end = round(len(data) * cut) if isinstance(cut, float) else cut

    with pytest.raises(jpeg.Broken):
        jpeg.bare(data[:end], SRGB_BYTES)


def test_bytes_at_random_are_broken_or_a_picture_and_nothing_worse():
    data = bytearray(coded(photo((64, 64)), quality=90))
    random = np.random.default_rng(5)

    for _ in range(2_000):
        spoilt = bytearray(data)
        for at in random.integers(0, len(data), 3):
            spoilt[at] = int(random.integers(0, 256))
        try:
            made = jpeg.bare(bytes(spoilt), SRGB_BYTES)
        except jpeg.Broken:
            continue
        assert made[:2] + made[-2:] == b"\xff\xd8\xff\xd9"
