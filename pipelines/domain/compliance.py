"""An output's facts held against its Expectation: the finish gate's judgement. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipelines.domain.model import (
    Expectation,
    Finding,
    Given,
    ImageFacts,
    Output,
    OutputFacts,
    Refusal,
    SoundLevel,
    TextFacts,
    VideoFacts,
    VideoPlan,
)

_SAME_RATE = Fraction(1, 2000)
_LOUDNESS = 2.0  # LU; GY/T 282-2014 allows so much about the target
_PEAK = 0.1  # dB; the meter's own rounding
_STREAMS = 2  # of a master: a picture and a sound
_SYNC = Fraction(1, 20)  # seconds that picture and sound may end apart: two AAC frames and a little


def shortfalls(output: Output, facts: OutputFacts | Refusal) -> Iterator[Finding]:
    """Every way in which this output is not what was promised; none means it may be published."""
    if isinstance(facts, Refusal):
        yield _short(output, "output-unreadable", "", facts.finding.code)
        return
    for name, expected, actual in _compared(output.expect, facts):
        if expected != actual:
            yield _short(output, name, str(expected), str(actual))


def _short(output: Output, code: str, expected: str, actual: str) -> Finding:
    return Finding(code, "reject", expected, actual, output.name, "publication")


def _compared(expect: Expectation, facts: OutputFacts) -> Iterator[tuple[str, object, object]]:
    if isinstance(facts, TextFacts):
        yield "cues", expect.cues, facts.cues
        return
    if expect.cues is not None:
        yield "kind", "text", facts.kind
    if expect.width:
        yield "size", f"{expect.width}×{expect.height}", f"{facts.width}×{facts.height}"
    if isinstance(facts, ImageFacts):
        yield "codec", _asked(expect.codec, facts.format), facts.format
        yield "orientation", 1, facts.orientation
        yield "private-data", (), facts.private
    else:
        yield from _video(expect, facts)


def _asked(expected: object, actual: object) -> object:
    """What an Expectation leaves empty is as it is."""
    return expected or actual


def _rate(expected: Fraction | None, actual: Fraction) -> Fraction:
    """What is copied keeps its camera's clock, which may tremble; half of what lies between 29.97 and 30 is allowed."""
    return expected if expected and abs(actual / expected - 1) > _SAME_RATE else actual


def _video(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    yield "codec", _asked(expect.codec, facts.codec), facts.codec
    yield "profile", _asked(expect.profile, facts.profile), facts.profile
    yield "pixel-format", _asked(expect.pixel_format, facts.pixel_format), facts.pixel_format
    yield "square-pixels", True, facts.square_pixels
    yield "rotation", 0, facts.rotation
    yield "mirrored", False, facts.mirrored
    yield "level", True, not expect.level or facts.level <= expect.level
    yield "colour", _asked(expect.colour, _colour(facts)), _colour(facts)
    yield "frame-rate", _rate(expect.frame_rate, facts.frame_rate), facts.frame_rate
    yield "constant-frame-rate", True, not facts.variable
    yield "frames", _asked(expect.frames, facts.frames), facts.frames
    yield "faststart", expect.faststart, facts.faststart
    yield from _lengths(expect, facts)
    yield from _sound(expect, facts)


def _lengths(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    if expect.duration is None:
        return
    near = abs(facts.duration - expect.duration) <= expect.tolerance
    yield "duration", _seconds(expect.duration), _seconds(expect.duration if near else facts.duration)
    if facts.audio:
        together = abs(facts.audio.start - facts.start) <= _SYNC
        yield "sound-start", _seconds(facts.start), _seconds(facts.start if together else facts.audio.start)
        in_step = abs(facts.audio.end - facts.end) <= _SYNC
        yield "sound-length", _seconds(facts.end), _seconds(facts.end if in_step else facts.audio.end)


def length_shortfalls(plan: VideoPlan, source: VideoFacts, given: Given) -> Iterator[Finding]:
    """Where less would be published than the original holds, whatever its headers or we ourselves made of it.

    What was counted before the plan was made, and what the plan promises, are held against what the decoder gave out.
    """
    if given.frames > source.frames:
        yield _short(plan.master, "frames-lost", str(given.frames), str(source.frames))
    slack = max(1 / plan.encoding.frame_rate, 1 / plan.sampling.shots)  # the last frame's time is rounded to either
    if given.end > plan.duration + slack:
        yield _short(plan.master, "shortened", _seconds(given.end), _seconds(plan.duration))


def _colour(facts: VideoFacts) -> str:
    return f"{facts.primaries}/{facts.transfer}/{facts.matrix}/{'full' if facts.full_range else 'limited'}"


def sound_shortfalls(output: Output, level: SoundLevel | None) -> Iterator[Finding]:
    """Where the finished sound is louder or quieter than was promised, or its peak higher.

    A level that was missed is told, not refused: a damaged clock can move silence about, and the footage still counts.
    """
    expect = output.expect
    if expect.loudness is None or level is None:
        return
    away = level.integrated - expect.loudness
    if not -_LOUDNESS - expect.quieter <= away <= _LOUDNESS:
        told = f"{expect.loudness} LKFS", f"{level.integrated} LKFS"
        yield Finding("loudness", "warning", *told, output.name, "publication")
    if expect.peak is not None and level.peak > expect.peak + _PEAK:
        yield _short(output, "true-peak", f"{expect.peak} dBTP", f"{level.peak} dBTP")


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f} s"


def _sound(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    if not facts.audio:
        yield "audio-codec", expect.audio_codec, ""
        return
    if not expect.audio_codec:
        return
    yield "audio-codec", expect.audio_codec, facts.audio.codec
    yield "sample-rate", expect.sample_rate, facts.audio.sample_rate
    yield "channels", expect.channels, facts.audio.channels


def missing(output: Output) -> Finding:
    """Return the shortfall of an output that is not there."""
    return _short(output, "missing", "", "")


def size_shortfalls(output: Output, size: int, most: int) -> Iterator[Finding]:
    """Yield the shortfall of a file of more than `most` bytes."""
    if size > most:
        yield _short(output, "file-size", f"{most:,}", f"{size:,}")


def fixity_shortfalls(output: Output, given_out: Sequence[str], read_back: Sequence[str]) -> Iterator[Finding]:
    """Yield where the file holds other streams than the encoder gave out, by one hash a stream, in any order."""
    if sorted(given_out) != sorted(read_back) or len(read_back) != _STREAMS:
        yield _short(output, "stream-hash", " ".join(given_out), " ".join(read_back))


def decode_shortfalls(output: Output, planned: int, frames: int, broken: int) -> Iterator[Finding]:
    """Yield where a decoder finds another number of frames than planned, or `broken` places."""
    if broken or frames != planned:
        yield _short(output, "decode", str(planned), f"{frames}（{broken} 处损坏）")
