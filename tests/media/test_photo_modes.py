"""Pictures in every mode that Pillow reads are published, whatever order their bytes have."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media import measures
from tests.running import Footage

RAMP = np.linspace(0, 1, 160)[None, :] * np.ones((120, 1))
GREY, NEUTRAL = Image.fromarray((RAMP * 255).astype("u1")), Image.new("L", (160, 120), 128)


def sixteen(order: str) -> Image.Image:
    return Image.fromarray((RAMP * 65_535).astype(f"{order}u2"))


PICTURES = {
    "16-bit grey, big-endian.tif": lambda: sixteen(">"),
    "16-bit grey, little-endian.tif": lambda: sixteen("<"),
    "16-bit grey.png": lambda: sixteen("<"),
    "bits.tif": lambda: Image.fromarray(RAMP > 0.5),
    "palette with transparency.png": lambda: GREY.convert("RGBA").quantize(16),
    "grey and alpha.png": lambda: GREY.convert("LA"),
    "inks.tif": lambda: GREY.convert("RGB").convert("CMYK"),
    "lab.tif": lambda: Image.merge("LAB", [GREY, NEUTRAL, NEUTRAL]),
}


@pytest.fixture(scope="module")
def published(hasty: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("modes")
    for name, picture in PICTURES.items():
        picture().save(folder / name)
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(hasty)),))
    results = footage("process", *(folder / name for name in PICTURES), "--json").objects
    return dict(zip(PICTURES, results, strict=True))


@pytest.mark.parametrize("name", PICTURES)
def test_a_grey_ramp_in_any_mode_comes_out_as_a_grey_ramp(published, name):
    result = published[name]

    assert result["state"] == "published"
    photo = next(measures.pixels(Path(o["path"])) for o in result["outputs"] if o["role"] == "photo").astype(int)
    middle = photo[photo.shape[0] // 2]
    assert middle[20].max() < 40
    assert middle[-20].min() > 200
    assert np.ptp(middle, axis=1).max() < 30


@pytest.mark.parametrize("kind", ["float32", "int32"])
def test_measurements_without_a_known_white_are_refused(tmp_path, kind):
    Image.fromarray((RAMP * 60_000).astype(kind)).save(tmp_path / "measured.tif")

    result = Footage(tmp_path / "home")("process", tmp_path / "measured.tif", "--json").objects[0]

    assert (result["state"], [found["code"] for found in result["findings"]]) == ("rejected", ["not-media"])


def test_a_header_whose_width_no_picture_has_is_refused_as_broken(footage, tmp_path):
    path = tmp_path / "negative.bmp"
    Image.new("RGB", (64, 64), "teal").save(path)
    data = bytearray(path.read_bytes())
    data[18:22] = struct.pack("<i", -127)  # biWidth
    path.write_bytes(data)

    (result,) = footage("process", path, "--json").objects

    assert (result["state"], result["findings"][-1]["code"]) == ("rejected", "unreadable")
