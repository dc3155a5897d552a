"""Colours that a file codes come out as they were, whatever the format: held against zimg, called by itself."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from itertools import product
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipelines.domain.model import ImageFacts, VideoPlan
from pipelines.sandbox.limits import Scratch
from pipelines.stages.plan import make_plan
from pipelines.stages.render import encode
from pipelines.tools.bitstream.cicp import box_colour
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.photo import probe_image
from pipelines.tools.photo.colour import note_coded_colour, space_of, to_srgb
from pipelines.tools.video import probe_video
from tests.media import colours, measures
from tests.media.clips import box
from tests.unit.facts import tiny_campaign

pillow_heif.register_heif_opener()

_TRANSFER_NUMBERS = {"SDR": 13, "PQ": 16, "HLG": 18}
_MATRIX_NUMBERS = {"709": 1, "601": 6, "P3": 1, "2020": 9}
_ENOUGH = 3.0  # CIEDE2000


def test_the_difference_of_two_colours_is_that_of_the_published_pairs():
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ]

    for first, second, expected in pairs:
        assert colours.delta_e(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-3)


def shown(data: bytes) -> np.ndarray:
    """The patches of a photo, in sRGB, as it would be published."""
    file = io.BytesIO(data)
    image = note_coded_colour(Image.open(file), file)
    image.load()
    return colours.patches(np.asarray(to_srgb(image.convert("RGB"), space_of(image, image.getexif()))))


def png(values: np.ndarray, primaries: int, transfer: int, full: bool) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    data, body = file.getvalue(), b"cICP" + bytes((primaries, transfer, 0, full))
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def heif(values: np.ndarray, primaries: int, transfer: int, matrix: int, *, full: bool) -> bytes:
    file = io.BytesIO()
    coded = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": matrix}
    pillow_heif.from_pillow(Image.fromarray(values)).save(
        file, quality=-1, chroma=444, full_range_flag=int(full), **coded
    )
    return file.getvalue()


def avif(values: np.ndarray, primaries: int, transfer: int, *, full: bool) -> bytes:
    """Pillow writes no numbers of ours: those of its `colr` box are overwritten."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, "AVIF", quality=100, subsampling="4:4:4", range="full" if full else "limited")
    data = bytearray(file.getvalue())
    at = data.index(b"nclx") + 4
    data[at : at + 4] = struct.pack(">2H", primaries, transfer)
    return bytes(data)


@pytest.mark.parametrize(("space", "transfer"), [*product(colours.PRIMARIES, colours.TRANSFERS)])
@pytest.mark.parametrize("form", ["png", "heic", "avif"])
def test_a_photos_coded_colours_are_those_of_zimg(form, space, transfer):
    values = colours.coded(space, transfer)
    eight = np.round(values / 257).astype(np.uint8)
    numbers = (colours.NUMBERS[space], _TRANSFER_NUMBERS[transfer])

    for full in (True, False) if form != "png" else (True,):
        made = {
            "png": lambda: png(eight, *numbers, True),
            "heic": lambda full=full: heif(eight, *numbers, _MATRIX_NUMBERS[space], full=full),
            "avif": lambda full=full: avif(eight, *numbers, full=full),
        }[form]()
        expected = colours.reference(*(_read_back(made), space, transfer, "iec61966-2-1"))
        if transfer == "SDR":  # 8 bits of HDR are too few: there, only the conversion is compared
            expected = colours.reference(values, space, transfer)
        assert colours.apart(shown(made), expected) <= _ENOUGH, full


def _read_back(data: bytes) -> np.ndarray:
    """The code values in a photo, 16 bits each."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.uint16) * 257


def test_beside_a_gain_map_the_colour_of_the_sdr_picture_counts():
    values = np.full((colours.SIDE, 6 * colours.SIDE, 3), 150, np.uint8)
    data = avif(values, 1, 13, full=True)
    at = data.index(b"colr") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    other = bytearray(data[at : at + size])
    other[12:14], other[14:16] = struct.pack(">H", 9), struct.pack(">H", 16)
    both = bytes(other) + data[at : at + size]

    file = io.BytesIO(box(b"ftyp", b"avif") + box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", both))))

    colour = box_colour(file)
    assert colour is not None
    assert (colour.primaries, colour.transfer) == ("bt709", "")


def test_a_heif_without_exif_is_read(tmp_path):
    path = tmp_path / "stripped.heic"
    pillow_heif.from_pillow(Image.new("RGB", (400, 300), "teal")).save(path)
    with path.open("rb") as file:
        facts = probe_image.read(file.fileno(), lambda _: None)

    assert isinstance(facts, ImageFacts)
    assert (facts.width, facts.height, facts.missing) == (400, 300, 0)


def film(path: Path, values: np.ndarray, space: str, transfer: str, *, full: bool) -> Path:
    """A film of five frames, coded without loss, with its colours in the stream and in the container."""
    height, width, _ = values.shape
    matrix, span = colours.MATRICES[space], "full" if full else "limited"
    said = f"primaries={colours.PRIMARIES[space]}:transfer={colours.TRANSFERS[transfer]}:matrix={matrix}"
    ours = said.replace("primaries", "primariesin").replace("transfer=", "transferin=").split(":matrix")[0]
    depth = "yuv420p" if transfer == "SDR" else "yuv420p10le"
    graph = f"format=gbrp16le,loop=4:1:0,zscale={ours}:matrixin=gbr:rangein=full:{said}:range={span},format={depth}"
    tags = ("-color_primaries", colours.PRIMARIES[space], "-color_trc", colours.TRANSFERS[transfer])
    tags += ("-colorspace", matrix, "-color_range", "pc" if full else "tv")
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", f"{width}x{height}", "-r", "25", "-i", "-")
    coder = ("-c:v", "libx264", "-qp", "1", "-preset", "ultrafast", *tags)
    command = [executable(), "-v", "error", "-y", *raw, "-vf", graph, *coder, str(path)]
    subprocess.run(command, input=values.tobytes(), check=True, capture_output=True)
    return path


FILMS = [("mp4", *pair) for pair in product(colours.PRIMARIES, colours.TRANSFERS)]
FILMS += [("mkv", "709", "SDR"), ("mkv", "P3", "SDR"), ("mkv", "2020", "PQ"), ("mkv", "2020", "HLG")]  # full range


@pytest.mark.parametrize(("suffix", "space", "transfer"), FILMS)
def test_a_films_coded_colours_are_those_of_zimg(tmp_path, suffix, space, transfer):
    values, full = colours.coded(space, transfer), suffix == "mkv"
    path = film(tmp_path / f"film.{suffix}", values, space, transfer, full=full)
    with path.open("rb") as file:
        facts = probe_video.read(file.fileno(), lambda _: None)

    plan = make_plan(facts, tiny_campaign(6 * colours.SIDE, colours.SIDE), "zhubo", confined=False)
    assert isinstance(plan, VideoPlan)
    encode(plan, path, Scratch(tmp_path, confined=False), lambda *_: None, lambda: None)

    made = colours.patches(measures.frame(tmp_path / "master.mp4", 0, (6 * colours.SIDE, colours.SIDE)))
    assert colours.apart(made, colours.reference(values, space, transfer)) <= _ENOUGH
