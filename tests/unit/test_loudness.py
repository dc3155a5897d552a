from __future__ import annotations

from pipelines.tools.ffmpeg.output import parse_loudness


def test_loudness_is_read_in_the_order_ametadata_prints_it() -> None:
    printed = """\
frame:0    pts:0       pts_time:0
lavfi.r128.M=-120.691
frame:1    pts:4800    pts_time:0.1
lavfi.r128.M=-23.5
frame:2    pts:9600    pts_time:0.2
lavfi.r128.M=0.3
"""

    assert parse_loudness(printed) == [-120.691, -23.5, 0.3]


def test_digital_silence_counts_as_silence() -> None:
    assert parse_loudness("lavfi.r128.M=nan\nlavfi.r128.M=-inf\nlavfi.r128.M=-20.1\n") == [-70.0, -70.0, -20.1]


def test_other_keys_and_an_empty_text_give_nothing() -> None:
    assert parse_loudness("") == []
    assert parse_loudness("frame:0    pts:0\nlavfi.r128.S=-23.0\nlavfi.r128.I=-23.0\n") == []
