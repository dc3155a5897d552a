from __future__ import annotations

import pytest

from pipelines.tools.damage.zeros import is_torn

CODED = bytes(range(1, 200))


@pytest.mark.parametrize(
    ("codec", "data", "torn"),
    [
        ("hevc", CODED + bytes(16) + CODED[5:], True),
        ("h264", CODED + bytes(16) + CODED[5:], True),
        ("h264", CODED + bytes(2) + CODED[5:], False),
        ("hevc", CODED + bytes(40) + b"\x01" + CODED, False),  # noughts before a start code
        ("hevc", CODED + bytes(40), False),  # and at the end
        ("hevc", CODED + bytes(40) + b"\x01" + CODED + bytes(16) + CODED[5:], True),
        ("vp8", CODED + bytes(32) + CODED[5:], False),
        ("vp9", CODED + bytes(512) + CODED[5:], True),
        ("rawvideo", bytes(4096) + CODED[5:], False),  # black
        ("h264", b"", False),
    ],
)
def test_a_stretch_of_noughts_within_coded_pictures_is_no_encoders(codec: str, data: bytes, torn: bool) -> None:
    assert is_torn(data, codec) is torn
