"""Real footage. The whole corpus is run by `make corpus`; here, the short ones and the awkward ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bench.corpus import judged
from tests.media import measures
from tests.running import Footage

pytestmark = pytest.mark.corpus

SHORT = (
    "deb_forensics-samp__VID_20191220_170832.mp4",  # a phone, variable frame rate
    "deb_forensics-samp__movie-hello.mp4",  # starts at 0.033 s, 30.12 frames/s
    "opencast__av.mov",  # two frames a second, packets before zero
)


@pytest.fixture
def ffprobe() -> None:
    """What `judged` reads masters with: it didn't make them."""
    if shutil.which("ffprobe") is None and not os.environ.get("CI"):
        pytest.skip("no ffprobe on this machine (Debian: apt install ffmpeg)")


@pytest.mark.parametrize("name", SHORT)
def test_real_footage_is_published_and_compliant(footage, corpus, ffprobe, tmp_path, name):
    """The first under the rules as shipped; the others small, judged by all but the size (`make corpus`: all)."""
    original = corpus / "video" / name
    as_shipped = Footage(tmp_path / "county")  # the county's own size and preset, and words read, for one of them
    asked, complaints = (as_shipped, []) if name == SHORT[0] else (footage, ["width is 640", "height is 360"])

    result = asked("process", original, "--json").objects[0]

    assert result["state"] == "published", result["findings"]
    assert judged(original, result) == complaints  # of nothing but the size, where a small one was asked for
    assert len([output for output in result["outputs"] if output["role"] == "still"]) >= 4


def test_a_heic_photo_is_published_as_an_upright_jpeg_without_its_place(footage, corpus):
    original = corpus / "photo" / "test-assets__IMG_2682.heic"

    result = footage("process", original, "--json").objects[0]

    photo = next(Path(output["path"]) for output in result["outputs"] if output["role"] == "photo")
    assert measures.track(photo, "Image")["format"] == "JPEG"
    assert b"GPS" not in photo.read_bytes()[:4000]
    assert [finding["code"] for finding in result["findings"]] == ["private-data-removed", "clocks-differ"]
    assert "拍摄地点" in result["findings"][0]["text"]
