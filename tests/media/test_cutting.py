"""Clips cut at any frame: exact, in step, the same pixels where they are copied, sound for every player."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from pipelines.domain.model import Cut, Encoding
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.video.cutting import coded, cut_clip
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.reel_cutting import cut_reel
from tests.media import clips, measures

RATE, SECONDS = 30, 20
ENCODING = Encoding(
    "h264", "libx264", "high", "medium", 22, 0.0, 0.5, 20_000_000, 42, "yuv420p", Fraction(RATE), 4, "aac", 160_000,
    48_000, 2,
)  # fmt: skip
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


@pytest.fixture(scope="module")
def master(tmp_path_factory) -> Path:
    """Every frame unlike the others, clicks at uneven times, key frames every four seconds."""
    path = tmp_path_factory.mktemp("cutting") / "master.mp4"
    clicks = "aevalsrc='0.3*random(0)*lt(mod(t*t,0.7),0.05)':s=48000:d=20,aformat=channel_layouts=stereo"
    clips.ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={RATE}:duration={SECONDS}", "-f", "lavfi", "-i", clicks),
        *("-c:v", "libx264", "-preset", "fast", "-force_key_frames", "expr:gte(t,n_forced*4)", "-pix_fmt", "yuv420p"),
        *("-vf", _TAGS, "-flags:v", "+bitexact+global_header", "-c:a", "aac", "-b:a", "160k", str(path)),
    )
    return path


@cache
def cut(master: Path, start: int, end: int) -> Path:
    target = master.with_name(f"{start}-{end}.mp4")
    with Frames(master) as frames:
        cut_clip(frames, coded(frames), target, (Fraction(start, RATE), Fraction(end, RATE)), ENCODING)
    return target


SPANS = [(0, 600), (0, 131), (120, 240), (121, 361), (77, 501), (200, 230), (359, 361), (598, 600)]


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_a_clip_holds_its_frames_and_no_other(master, start, end):
    clip = cut(master, start, end)

    shown, whole = grey_frames(clip), whole_frames(master)

    assert len(shown) == end - start
    for number, picture in enumerate(shown):  # by the picture: the nearest frame of the master is the one that is due
        near = range(max(0, start + number - 2), min(len(whole), start + number + 3))
        apart = {n: int(np.abs(picture - whole[n]).sum()) for n in near}
        assert min(apart, key=apart.__getitem__) == start + number


@cache
def whole_frames(master: Path) -> np.ndarray:
    """Of a film that stays as it is."""
    return grey_frames(master)


def grey_frames(path: Path) -> np.ndarray:
    """Each frame that is there, small, whatever its time."""
    command = [executable(), "-v", "error", "-i", str(path), "-vf", "scale=160:90", "-fps_mode", "passthrough"]
    command += ["-pix_fmt", "gray", "-f", "rawvideo"]
    raw = subprocess.run([*command, "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 90, 160).astype(np.int16)


@pytest.mark.parametrize(("start", "end", "first"), [(0, 600, 0), (121, 361, 240), (77, 501, 120)])
def test_the_part_that_is_copied_is_the_masters_to_the_pixel(master, start, end, first):
    hashes, whole = measures.frame_hashes(cut(master, start, end)), measures.frame_hashes(master)

    same = [n for n in range(start, end) if hashes[n - start] == whole[n]]

    assert same[0] == first
    assert same == [*range(first, same[-1] + 1)]
    assert end - 1 - same[-1] <= 5  # a mini-GOP's worth at most


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_it_plays_through_without_a_complaint_and_its_times_begin_at_zero(master, start, end):
    clip = cut(master, start, end)

    assert measures.decode_errors(clip) == ""
    picture = measures.track(clip, "Video")
    assert int(picture["frame_count"]) == end - start
    assert float(picture.get("delay", 0)) == 0
    assert picture["duration"] == pytest.approx(1000 * (end - start) / RATE, abs=2)
    assert (picture["color_primaries"], picture["color_range"]) == ("BT.709", "Limited")


@pytest.mark.parametrize(("start", "end"), [(0, 600), (121, 361), (77, 501), (200, 290)])
def test_its_sound_is_in_step_within_twenty_milliseconds(master, start, end):
    whole, heard = whole_samples(master), samples(cut(master, start, end))
    due = whole[start * 48_000 // RATE : end * 48_000 // RATE]
    length = min(len(due), len(heard))
    spectrum = np.fft.rfft(heard[:length], 2 * length) * np.conj(np.fft.rfft(due[:length], 2 * length))

    lag = int(np.argmax(np.fft.irfft(spectrum)))

    assert min(lag, 2 * length - lag) <= 48_000 * 0.02
    assert abs(len(heard) - len(due)) <= 2 * 1024


@cache
def whole_samples(master: Path) -> np.ndarray:
    return samples(master)


def samples(path: Path) -> np.ndarray:
    command = [executable(), "-v", "error", "-i", str(path), "-map", "0:a:0", "-f", "f32le", "-ac", "1", "-ar", "48000"]
    return np.frombuffer(subprocess.run([*command, "-"], capture_output=True, check=True).stdout, np.float32)


def test_the_first_samples_that_are_heard_are_right(master):
    """A decoder that begins in the middle needs the packet before."""
    start, end = 121, 361
    whole, heard = whole_samples(master), samples(cut(master, start, end))
    due = whole[start * 1600 : start * 1600 + 2048]

    assert np.abs(heard[:2048] - due).max() < 1e-3


# --- the reel -----------------------------------------------------------------------------------------------------

SHARED = 12  # frames of a dissolve at 30 a second


def reel(master: Path, *pieces: tuple[int, int, float]) -> Path:
    target = master.with_name("reel.mp4")
    cuts = [Cut(Fraction(start, RATE), Fraction(end, RATE), 1.0, (), gain) for start, end, gain in pieces]
    with Frames(master) as frames:
        cut_reel(frames, coded(frames), target, cuts, ENCODING)
    return target


def test_a_reel_shows_its_pieces_one_after_the_other_with_a_dissolve_between(master):
    path = reel(master, (31, 151, 0.0), (240, 390, 0.0), (410, 500, 0.0))

    shown, whole = grey_frames(path), whole_frames(master)

    assert len(shown) == 120 + 150 + 90 - 2 * SHARED
    assert measures.decode_errors(path) == ""
    alone = {0: 31, 100: 131, 108 + SHARED: 240 + SHARED, 200: 332, len(shown) - 1: 499}
    for at, number in alone.items():
        assert np.abs(shown[at] - whole[number]).mean() < 2, at
    middle = 108 + SHARED // 2 - 1  # the sixth of twelve: six thirteenths of the second piece
    mixed = whole[31 + middle] * 7 / 13 + whole[240 + SHARED // 2 - 1] * 6 / 13
    assert np.abs(shown[middle] - mixed).mean() < 2


def test_a_reels_sound_is_as_long_as_its_picture_in_step_with_it_and_at_its_gains(master):
    path = reel(master, (31, 151, -6.0), (240, 390, 0.0))

    whole, heard = whole_samples(master), samples(path)

    assert abs(len(heard) - (120 + 150 - SHARED) * 1600) <= 2 * 1024
    first, due = heard[: 100 * 1600], whole[31 * 1600 : 131 * 1600]
    assert np.sqrt((first**2).mean() / (due**2).mean()) == pytest.approx(10 ** (-6 / 20), abs=0.02)
    spectrum = np.fft.rfft(first, 2 * len(due)) * np.conj(np.fft.rfft(due, 2 * len(due)))
    assert int(np.argmax(np.fft.irfft(spectrum))) <= 48


def test_a_reel_that_is_brought_up_does_not_clip(master):
    assert np.abs(samples(reel(master, (31, 151, 12.0), (240, 390, 12.0)))).max() < 1.0


# --- clocks of all kinds --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["24000/1001 in 1/90000", "24 in 1/1000", "30 in 1/600", "late", "baseline"])
def odd(request, tmp_path_factory) -> tuple[Path, Fraction]:
    """Ten seconds whose times are rounded, or whose picture begins after its sound, or of another profile."""
    path = tmp_path_factory.mktemp("odd") / "master.mp4"
    rate, _, base = request.param.partition(" in 1/")
    rate = rate if base else "30"
    options = ["-video_track_timescale", base] if base else []
    profile = ["-profile:v", "baseline"] if request.param == "baseline" else []
    flat = path.with_name("flat.mp4")
    clips.ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=160x90:rate={rate}:duration=10"),
        *("-f", "lavfi", "-i", "sine=300:sample_rate=48000:duration=10", "-c:v", "libx264", "-preset", "fast"),
        *("-g", "60", "-pix_fmt", "yuv420p", "-ac", "2", "-c:a", "aac", *profile, *options, str(flat)),
    )
    late = ("-itsoffset", "0.040") if request.param == "late" else ()
    clips.ffmpeg(
        "-i", str(flat), *late, "-i", str(flat), "-map", "1:v", "-map", "0:a", "-c", "copy", *options, str(path)
    )
    return path, Fraction(rate)


@pytest.mark.parametrize(("start", "end"), [(0, 90), (30, 200), (60, 200), (61, 239), (100, 130)])
def test_a_clip_is_exact_by_whatever_clock(odd, start, end):
    path, rate = odd
    encoding = replace(ENCODING, frame_rate=rate, profile="main")
    target = path.with_name("cut.mp4")
    with Frames(path) as frames:
        cut_clip(frames, coded(frames), target, (start / rate, end / rate), encoding)

    shown, whole = grey_frames(target), whole_frames(path)

    assert measures.decode_errors(target) == ""
    assert len(shown) == end - start
    assert max(np.abs(shown[n] - whole[start + n]).mean() for n in (0, 1, len(shown) // 2, len(shown) - 1)) < 2


def test_a_reel_is_exact_by_whatever_clock(odd):
    path, rate = odd
    pieces = [Cut(a / rate, b / rate, 1.0, ()) for a, b in ((3, 70), (77, 141), (150, 230))]
    target = path.with_name("reel.mp4")
    with Frames(path) as frames:
        cut_reel(frames, coded(frames), target, pieces, replace(ENCODING, frame_rate=rate, profile="main"))

    shared = round(Fraction(2, 5) * rate)

    assert len(grey_frames(target)) == 67 + 64 + 80 - 2 * shared
    assert measures.decode_errors(target) == ""


def test_a_film_whose_last_frame_is_held_is_cut_at_any_frame(master, tmp_path):
    """Its mean rate is another than its frames' own, which copying allows."""
    held, target = tmp_path / "held.mp4", tmp_path / "clip.mp4"
    with av.open(str(master)) as reader, av.open(str(held), "w") as writer:
        streams = {stream.index: writer.add_stream_from_template(stream) for stream in reader.streams}
        packets = [packet for packet in reader.demux() if packet.pts is not None]
        max((it for it in packets if it.stream.type == "video"), key=lambda it: it.dts).duration *= 3
        for packet in packets:
            packet.stream = streams[packet.stream.index]
            writer.mux(packet)

    with Frames(held) as frames:
        assert frames.rate != RATE
        cut_clip(frames, coded(frames), target, (Fraction(77, RATE), Fraction(501, RATE)), ENCODING)

    assert len(grey_frames(target)) == 501 - 77
    assert measures.decode_errors(target) == ""


def test_the_key_frame_that_is_asked_for_is_the_one_that_is_given(odd):
    path, _ = odd
    whole = whole_frames(path)
    with Frames(path) as frames:
        film = coded(frames)
        for number in film.keys[1:]:
            shown = sorted(film.shown).index(film.shown[number])
            picture = frames.key(film.shown[number] * frames.base).convert("L").resize((160, 90))
            apart = [np.abs(np.asarray(picture, np.int16) - whole[n]).mean() for n in (0, shown)]
            assert apart[1] < apart[0]


def test_the_sound_at_the_very_beginning_is_right_too(master):
    whole, heard = whole_samples(master), samples(cut(master, 0, 131))

    assert np.abs(heard[:2048] - whole[:2048]).max() < 1e-3


def test_a_piece_no_longer_than_its_dissolve_ends_a_reel_whatever_the_sound_clock(tmp_path):
    """A loop's last piece: at 44.1 kHz and 30000/1001 frames a second its samples are not whole."""
    rate = Fraction(30_000, 1001)
    film = tmp_path / "film.mp4"
    clips.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x54:rate=30000/1001:duration=5", "-f", "lavfi", "-i"),
        *("sine=sample_rate=44100:duration=5", "-vf", _TAGS, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "30"),
        *("-flags:v", "+bitexact+global_header", "-c:a", "aac", "-ac", "2", str(film)),
    )
    encoding = replace(ENCODING, frame_rate=rate, sample_rate=44_100)

    for first in range(7):
        spans = [(first + 12, 70), (80, 140), (first, first + 12)]
        pieces = [Cut(start / rate, end / rate, 0.0, ()) for start, end in spans]
        with Frames(film) as frames:
            cut_reel(frames, coded(frames), tmp_path / "loop.mp4", pieces, encoding)

        assert len(measures.frame_hashes(tmp_path / "loop.mp4")) == 58 - first + 60 + 12 - 2 * 12
    assert measures.decode_errors(tmp_path / "loop.mp4") == ""


@pytest.mark.parametrize("rate", ["30000/1001", "50"])
def test_a_frame_is_the_one_shown_at_its_time_up_to_the_very_end(tmp_path, rate):
    """Analysis sees the frame shown at each fifth of a second: a still is that one, even in the last frame's time."""
    film, exact = tmp_path / "film.mp4", Fraction(rate)
    clips.ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            f"color=size=96x54:rate={rate}:duration=7,format=yuv420p,geq=lum='16+mod(7*N,200)':cb=128:cr=128",
        ),
        *("-vf", _TAGS, "-c:v", "libx264", "-qp", "4", "-g", "30", "-flags:v", "+bitexact+global_header", str(film)),
    )
    with Frames(film) as frames:
        count = len(coded(frames).shown)
        times = [Fraction(n, 5) for n in range(0, 36, 5)] + [(count - 1) / exact, count / exact - Fraction(1, 1000)]
        for time in times:
            level = np.asarray(frames.at(time)).mean() / 255 * 219
            assert abs(level - min(count - 1, int(time * exact)) * 7 % 200) < 2
