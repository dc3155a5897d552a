"""What each channel gets of a film."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.domain.model import Caption, Cut, Op, SoundLevel
from pipelines.domain.planning.framing import Move
from pipelines.domain.planning.renditions import (
    Rendition,
    output_of,
    picture_ops,
    pieces_for,
    plan_rendition,
    sound_ops,
)
from pipelines.domain.profiles import ChannelProfile
from pipelines.domain.selection.reels import joined_length, shared_by_two
from pipelines.tools.ffmpeg import channel_graphs
from pipelines.tools.ffmpeg.containers import FORMATS
from tests.unit.facts import analysis, jiexi, sample, sound, video, video_plan

RATE = Fraction(30)
SHARED = shared_by_two(RATE)
CHOSEN = tuple(
    Cut(Fraction(start), Fraction(start + 15), score, ()) for start, score in ((0, 3.0), (20, 1.0), (40, 2.0))
)
FILM = video(
    width=1920, height=1080, frames=888, duration=Fraction(888, 30), audio=sound(level=SoundLevel(-24.0, -6.0))
)


def channel(name: str, **changes: object) -> ChannelProfile:
    return jiexi().channels[name].model_copy(update=changes)


def rendition(name: str, **changes: object) -> Rendition:
    film = analysis([sample(faces=1, face_x=0.7)] * 60)
    return replace(plan_rendition(name, channel(name), CHOSEN[:2], video_plan(), film), **changes)


def test_all_pieces_are_taken_where_there_is_time():
    assert pieces_for(CHOSEN, channel("web", max_seconds=60), RATE) == CHOSEN


def test_what_is_worth_least_is_left_out_first():
    assert pieces_for(CHOSEN, channel("web", max_seconds=30), RATE) == (CHOSEN[0], CHOSEN[2])
    assert pieces_for(CHOSEN, channel("web", max_seconds=15), RATE) == (CHOSEN[0],)


def test_of_an_editors_pieces_the_last_is_left_out_first():
    given = tuple(replace(cut, score=0.0) for cut in CHOSEN)

    assert pieces_for(given, channel("web", max_seconds=30), RATE) == given[:2]


def test_a_single_piece_too_long_is_cut_short():
    assert pieces_for(CHOSEN[:1], channel("web", max_seconds=10), RATE) == (replace(CHOSEN[0], end=Fraction(10)),)


def test_a_loop_ends_where_it_begins():
    pieces = pieces_for(CHOSEN[:2], channel("screen"), RATE)

    assert [(p.start, p.end) for p in pieces] == [(SHARED, 15), (20, 35), (0, SHARED)]
    assert joined_length(pieces, SHARED) == 30 - 2 * SHARED


def test_every_channel_has_its_own_shape():
    tv, web, vertical, screen = (rendition(name) for name in ("tv", "web", "vertical", "screen"))

    assert (tv.encoding.frame_rate, tv.scan) == (50, "tff")
    assert (web.encoding.frame_rate, web.scan, web.moves) == (30, "progressive", ())
    assert (vertical.width, vertical.height) == (1080, 1920)
    assert vertical.moves == (Move(Fraction(0), Fraction(0), 0.7),)
    assert screen.silent


def test_the_bytes_a_channel_takes_bound_the_bit_rate():
    made = plan_rendition(
        "web", channel("web", max_bytes=10_000_000), CHOSEN[:2], video_plan(), analysis([sample()] * 60)
    )

    assert made.encoding.max_bitrate * joined_length(made.pieces, SHARED) / 8 < 10_000_000
    assert made.encoding.max_bitrate > 2_000_000


def test_a_frame_that_follows_is_cropped_and_enlarged():
    moves = (
        Move(Fraction(0), Fraction(0), 0.5),
        Move(Fraction(2), Fraction(1), 0.7),
        Move(Fraction(5), Fraction(0), 0.3),
    )

    ops = picture_ops(rendition("vertical", moves=moves), FILM)

    followed = (
        "st(0,0.5);st(1,clip((t-2.0000)/1.0000,0,1));st(0,ld(0)+(0.7-ld(0))*ld(1)*ld(1)*(3-2*ld(1)));"
        "st(1,gte(t,5.0000));st(0,ld(0)+(0.3-ld(0))*ld(1)*ld(1)*(3-2*ld(1)));ld(0)*iw-ow/2"
    )
    assert ops[:2] == (
        Op("crop", (("w", "608"), ("h", "1080"), ("x", followed), ("y", "0"))),
        Op("scale", (("w", "1080"), ("h", "1920"), ("flags", "bicubic"))),
    )


def test_a_whole_picture_of_another_shape_stands_between_bars():
    ops = picture_ops(rendition("vertical", moves=()), FILM)

    assert [op.name for op in ops] == ["scale", "pad", "setsar", "fps"]
    assert ops[0].options[:2] == (("w", "1080"), ("h", "608"))


def test_sound_is_brought_to_the_channels_level():
    ops = {op.name: dict(op.options) for op in sound_ops(rendition("web"), FILM, channel("web"))}

    assert ops["volume"]["volume"] == "8.0dB"
    assert sound_ops(rendition("screen"), FILM, channel("screen")) == ()


@pytest.mark.parametrize(
    ("name", "rate", "frames", "sound", "loudness"),
    [
        ("web", 30, 888, "aac", -16.0),
        ("tv", 25, 740, "aac", -24.0),
        ("tv25", 25, 740, "aac", -24.0),
        ("screen", 30, 888, "", None),
    ],
)
def test_what_right_looks_like(name, rate, frames, sound, loudness):
    expect = output_of(rendition(name), FILM, channel(name)).expect

    assert (expect.frame_rate, expect.frames, expect.audio_codec, expect.loudness) == (rate, frames, sound, loudness)


def test_one_command_makes_a_channels_film(monkeypatch):
    monkeypatch.setattr(channel_graphs, "executable", lambda: "/bin/ffmpeg")
    made = rendition("tv")
    output = output_of(made, FILM, channel("tv"))
    captions = (Caption("caption-tv-1.png", 0, 3, whole=True), Caption("caption-tv-2.png", 3, None, whole=True))

    argv = channel_graphs.arguments(made, output, ((Op("setsar", (("sar", "1"),)),), (Op("anull"),)), captions, 3, 4)

    card = "scale=out_color_matrix=bt709:out_range=limited"
    filters = [
        "[0:v:0]setsar=sar=1[s0]",
        f"[1:v]{card}[s1]",
        "[s1]format=pix_fmts=yuva420p[s2]",
        "[s2]loop=loop=149:size=1[s3]",
        "[s3]fade=alpha=1:duration=0.4:start_time=2.600:type=out[s4]",
        "[s4]setpts=PTS+0/TB[s5]",
        "[s0][s5]overlay=eof_action=pass:format=yuv420[s6]",
        f"[2:v]{card}[s7]",
        "[s7]format=pix_fmts=yuva420p[s8]",
        "[s8]loop=loop=1329:size=1[s9]",
        "[s9]fade=alpha=1:duration=0.4:start_time=0:type=in[s10]",
        "[s10]setpts=PTS+3/TB[s11]",
        "[s6][s11]overlay=eof_action=pass:format=yuv420[s12]",
        "[s12]interlace=lowpass=complex:scan=tff[s13]",
        "[s13]format=pix_fmts=yuv420p[s14]",
        "[s14]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=limited[s15]",
        "[0:a:0]anull[s16]",
    ]
    still = ("-f", "image2", "-framerate", "50", "-protocol_whitelist", "file")
    assert argv == [
        *("/bin/ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
        *("-max_alloc", "1073741824", "-progress", "pipe:4"),
        *("-fd", "3", "-format_whitelist", FORMATS, "-protocol_whitelist", "fd", "-i", "fd:"),
        *(*still, "-i", "caption-tv-1.png", *still, "-i", "caption-tv-2.png"),
        *("-filter_complex", ";".join(filters), "-map", "[s15]", "-map", "[s16]", "-f", "mp4"),
        *("-aq-strength", "0.5", "-b:a", "256000", "-bufsize", "70000000", "-c:a", "aac", "-c:v", "libx264"),
        *("-crf", "18", "-flags:a", "+bitexact+global_header", "-flags:v", "+bitexact+global_header+ilme+ildct"),
        *("-force_key_frames", "expr:gte(t,n_forced*1)", "-map_chapters", "-1", "-map_metadata", "-1"),
        *("-maxrate", "35000000", "-movflags", "+faststart", "-pix_fmt", "yuv420p", "-preset", "medium"),
        *("-profile:v", "high", "-psy-rd", "0.0:0", "-x264-params", "tff=1", "channel-tv.mp4"),
    ]


@pytest.mark.parametrize(("frames", "made"), [(147, 73), (87, 73), (89, 74)])
def test_frames_are_counted_as_ffmpeg_counts_them(frames, made):
    """A half is one more: 87 pictures of 30 a second are 72.5 of 25, and 73 are written."""
    rate = Fraction(50) if frames == 147 else Fraction(30)
    film = replace(FILM, timing=replace(FILM.timing, frame_rate=rate, frames=frames, duration=frames / rate))

    assert output_of(rendition("tv25"), film, channel("tv25")).expect.frames == {147: 74}.get(frames, made)


def test_of_a_sound_too_short_to_be_measured_no_level_is_promised():
    short = sound(level=SoundLevel(-24.0, -6.0), end=Fraction(2))
    film = video(width=1920, height=1080, frames=60, duration=Fraction(2), audio=short)

    made = output_of(rendition("tv"), film, channel("tv"))

    assert made.expect.loudness is None
    assert "volume" not in {op.name for op in sound_ops(rendition("tv"), film, channel("tv"))}


def test_a_film_within_its_bytes_has_room_for_what_the_encoder_buffers():
    made = plan_rendition(
        "web", channel("web", max_bytes=2_000_000), CHOSEN[:1], video_plan(), analysis([sample()] * 60)
    )

    length = joined_length(made.pieces, SHARED)
    assert (made.encoding.max_bitrate + made.encoding.audio_bitrate) * (length + 2) / 8 <= 2_000_000
