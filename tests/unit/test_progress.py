from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from pipelines.sandbox.process import untagged
from pipelines.tools.ffmpeg.output import (
    SILENCE,
    Damage,
    Decoded,
    ProgressReader,
    parse_decoded,
    parse_loudness,
)
from tests.unit.facts import quick

PRINTED = b"""\
frame=0
fps=0.00
bitrate=N/A
out_time_us=N/A
out_time=N/A
speed=N/A
progress=continue
frame=75
out_time_us=2500000
out_time=00:00:02.500000
speed= 5.3x
progress=continue
out_time_us=2500000
speed=4.10x
progress=continue
out_time_us=10200000
speed=3.9x
progress=end
"""


class Reports(list[tuple[str, float, float]]):
    def __call__(self, stage: str, done: float, speed: float) -> None:
        self.append((stage, done, speed))


def read(chunks: list[bytes], duration: Fraction = Fraction(10)) -> tuple[Reports, list[bool]]:
    reports = Reports()
    reader = ProgressReader("render", duration, reports)
    return reports, [reader(chunk) for chunk in chunks]


def test_progress_is_a_share_of_the_duration_at_the_speed_known_by_then() -> None:
    reports, moved = read([PRINTED])

    assert reports == [("render", 0.0, 0.0), ("render", 0.25, 0.0), ("render", 1.0, 4.1)]
    assert moved == [True]


@quick
@given(st.sets(st.integers(0, len(PRINTED)), max_size=12))
def test_where_the_pipe_splits_the_text_makes_no_difference(places: set[int]) -> None:
    edges = [0, *sorted(places), len(PRINTED)]
    chunks = [PRINTED[a:b] for a, b in pairwise(edges)]

    reports, moved = read(chunks)

    assert reports == read([PRINTED])[0]
    assert any(moved)


def test_a_line_that_has_not_ended_says_nothing_yet() -> None:
    reports, moved = read([b"out_time_us=5", b"000000", b"\n"])

    assert reports == [("render", 0.5, 0.0)]
    assert moved == [False, False, True]


def test_an_encoder_that_hangs_is_seen_though_ffmpeg_goes_on_printing() -> None:
    hanging = b"frame=75\nout_time_us=2500000\nspeed=0.1x\nprogress=continue\n"

    _, moved = read([hanging, hanging, hanging])

    assert moved == [True, False, False]


def test_time_never_runs_backwards() -> None:
    reports, moved = read([b"out_time_us=5000000\n", b"out_time_us=4000000\n", b"out_time_us=6000000\n"])

    assert [done for _, done, _ in reports] == [0.5, 0.6]
    assert moved == [True, False, True]


def test_progress_stays_between_nothing_and_all() -> None:
    reports, _ = read([b"out_time_us=-66667\n", b"out_time_us=99000000\n"])

    assert all(0.0 <= done <= 1.0 for _, done, _ in reports)
    assert reports[-1] == ("render", 1.0, 0.0)


@pytest.mark.parametrize("noise", [b"", b"\n\n", b"=\n", b"out_time_us\n", b"\xff\xfe\n", b"out_time_ms=5000000\n"])
def test_what_is_no_progress_is_passed_over(noise: bytes) -> None:
    reports, _ = read([noise, b"out_time_us=5000000\n"])

    assert reports[-1] == ("render", 0.5, 0.0)


SUMMARY = """\
[out#0/mp4 @ 0x5654cd82bdc0]   Output stream #0:0 (video): 180 frames encoded; 180 packets muxed (1018601 bytes); 
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x5654cd76eac0]   \
Input stream #0:0 (video): 180 packets read (216860 bytes); 178 frames decoded; 2 decode errors; 
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x5654cd76eac0]   \
Input stream #0:1 (audio): 260 packets read (52284 bytes); 259 frames decoded; 0 decode errors (264600 samples); 
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x5654cd76eac0]   Input stream #0:2 (data): 3 packets read (9 bytes); 
[in#1/lavfi @ 0x5654cd76eac0]   \
Input stream #1:0 (audio): 9 packets read (99 bytes); 9 frames decoded; 7 decode errors (99 samples); 
"""  # noqa: W291 - as ffmpeg prints it


def test_the_summary_tells_what_became_of_each_stream_of_the_original() -> None:
    assert parse_decoded(SUMMARY) == {0: Decoded(180, 178, 2), 1: Decoded(260, 259, 0)}


def test_no_summary_is_no_stream() -> None:
    assert parse_decoded("Conversion failed!") == {}


def test_broken_frames_that_ffmpeg_shows_all_the_same_are_counted_wherever_the_pipe_splits_the_text() -> None:
    said = b"[dec:h264 @ 0x1] corrupt decoded frame\n[x] something else\n[dec:h264 @ 0x1] corrupt decoded frame\n"
    for portion in (1, 7, len(said)):
        damage = Damage(ProgressReader("render", Fraction(10), Reports()))

        for start in range(0, len(said), portion):
            assert damage(said[start : start + portion]) is False

        assert damage.frames == 2


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        (b"[hevc @ 0x5] Skipping invalid undecodable NALU: 20", 1),
        (b"[hevc @ 0x5] Skipping invalid undecodable NALU: 39", 0),  # no slice: a message of its own
        (b"[in#0/mpegts @ 0x5] corrupt input packet in stream 0", 0),  # facts.transport knows better
        (b"[matroska,webm @ 0x5] File ended prematurely at pos. 98304 (0x18000)", 1),
        (b"[matroska,webm @ 0x5] 0x00 at pos 60646 (0xece6) invalid as first byte of an EBML number", 1),
        (b"[mpegts @ 0x5] Packet corrupt (stream = 0, dts = 132000).", 0),  # said twice
    ],
)
def test_what_is_left_out_without_an_error_counts_too(said: bytes, broken: int) -> None:
    damage = Damage(ProgressReader("render", Fraction(10), Reports()))

    damage(said + b"\n")

    assert damage.frames == broken


def test_the_first_broken_frame_is_placed_by_the_progress_of_that_moment() -> None:
    reader = ProgressReader("render", Fraction(10), Reports())
    damage = Damage(reader)
    reader(b"out_time_us=2500000\n")
    damage(b"corrupt decoded frame\n")
    reader(b"out_time_us=9000000\n")
    damage(b"corrupt decoded frame\n")

    assert (damage.frames, damage.first) == (2, 2.5)


def test_loudness_that_is_no_number_is_silence_or_nothing() -> None:
    said = "lavfi.r128.M=-23.4\nlavfi.r128.M=nan\nlavfi.r128.M=-inf\nlavfi.r128.M=1e5\nlavfi.r128.M=nan\x02\nother=1\n"

    assert parse_loudness(said) == [-23.4, SILENCE, SILENCE]


def test_tags_are_left_out_of_what_is_logged() -> None:
    tags = "    location        : +23.4+115.8/\n    artist : 李四\n"
    said = f"Input #0, mov, from 'fd:':\n  Metadata:\n{tags}Error: it broke\n"

    assert untagged(said) == "Input #0, mov, from 'fd:':\n  Metadata:\nError: it broke\n"
