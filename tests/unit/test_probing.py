from __future__ import annotations

import pytest

from pipelines.domain.model import Finding, Refusal
from pipelines.domain.refusals import refuse
from pipelines.domain.signatures import looks_like_picture


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"GIF87a",
        b"GIF89a",
        b"BM\x36\x00\x00\x00",
        b"II*\x00\x08\x00\x00\x00",
        b"MM\x00*\x00\x00\x00\x08",
        b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x18ftypheic",
        b"\x00\x00\x00\x18ftypheix",
        b"\x00\x00\x00\x18ftypmif1",
        b"\x00\x00\x00\x18ftypmsf1",
        b"\x00\x00\x00\x20ftypavif",
    ],
)
def test_a_picture_is_known_by_its_first_bytes(head: bytes) -> None:
    assert looks_like_picture(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\x00\x00\x00\x20ftypisom",
        b"\x00\x00\x00\x14ftypqt  ",
        b"\x00\x00\x00\x18ftypmp42",
        b"\x00\x00\x00\x1cftyp3gp4",
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x1aE\xdf\xa3\x01\x00\x00\x00",
        b"G@\x11\x10\x00B\xf0%",
        b"#EXTM3U\n",
        b"<svg xmlns=",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x89PNG broken by a text transfer",
    ],
)
def test_what_is_no_picture_is_left_to_the_video_reader(head: bytes) -> None:
    assert not looks_like_picture(head)


def test_a_refusal_is_one_finding_that_rejects() -> None:
    refusal = refuse("truncated", "00:00:08", "00:00:10")

    assert refusal == Refusal("refusal", Finding("truncated", "reject", expected="00:00:10", actual="00:00:08"))
