"""Compare an output's facts with its Expectation, for the gate. This module does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipelines.domain.model import (
    DecoderOutput,
    Expectation,
    Finding,
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
_LOUDNESS = 2.0  # LU; the tolerance of GY/T 282-2014 about the target
_PEAK = 0.1  # dB; the rounding of the meter
_STREAMS = 2  # streams of a master: a picture and a sound
_SYNC = Fraction(1, 20)  # seconds that picture and sound may start or end apart: a little over two AAC frames


def shortfalls(output: Output, facts: OutputFacts | Refusal) -> Iterator[Finding]:
    """Yield every way in which this output is not as promised; none: it may be published."""
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
    """Return the expected value, or the actual one where the Expectation leaves it empty."""
    return expected or actual


def _rate(expected: Fraction | None, actual: Fraction) -> Fraction:
    """Return the expected frame rate where the actual one differs by more than 1/2000, else the actual one.

    A copied picture keeps its camera's clock, which may jitter. The tolerance is half the difference of 29.97 and 30.
    """
    return expected if expected and abs(actual / expected - 1) > _SAME_RATE else actual


def _video(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    yield "codec", _asked(expect.codec, facts.coding.codec), facts.coding.codec
    yield "profile", _asked(expect.profile, facts.coding.profile), facts.coding.profile
    yield "pixel-format", _asked(expect.pixel_format, facts.coding.pixel_format), facts.coding.pixel_format
    yield "square-pixels", True, facts.geometry.square_pixels
    yield "rotation", 0, facts.geometry.rotation
    yield "mirrored", False, facts.geometry.mirrored
    yield "level", True, not expect.level or facts.coding.level <= expect.level
    yield "colour", _asked(expect.colour, colour_of(facts)), colour_of(facts)
    yield "frame-rate", _rate(expect.frame_rate, facts.timing.frame_rate), facts.timing.frame_rate
    yield "constant-frame-rate", True, not facts.timing.variable
    yield "frames", _asked(expect.frames, facts.timing.frames), facts.timing.frames
    yield "faststart", expect.faststart, facts.faststart
    yield from _lengths(expect, facts)
    yield from _sound(expect, facts)


def _lengths(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    if expect.duration is None:
        return
    timing, audio = facts.timing, facts.sound.audio
    near = abs(timing.duration - expect.duration) <= expect.tolerance
    yield "duration", _seconds(expect.duration), _seconds(expect.duration if near else timing.duration)
    if audio:
        together = abs(audio.start - timing.start) <= _SYNC
        yield "sound-start", _seconds(timing.start), _seconds(timing.start if together else audio.start)
        in_step = abs(audio.end - timing.end) <= _SYNC
        yield "sound-length", _seconds(timing.end), _seconds(timing.end if in_step else audio.end)


def length_shortfalls(plan: VideoPlan, source: VideoFacts, decoded: DecoderOutput) -> Iterator[Finding]:
    """Yield where less would be published than the original holds, whether its headers or our own plan lost it.

    The frames counted before planning, and the length that the plan promises, are compared with what the decoder gave
    out.
    """
    if decoded.frames > source.timing.frames:
        yield _short(plan.master, "frames-lost", str(decoded.frames), str(source.timing.frames))
    slack = max(1 / plan.encoding.frame_rate, 1 / plan.sampling.shots)  # the last frame's time is rounded to either
    if decoded.end > plan.duration + slack:
        yield _short(plan.master, "shortened", _seconds(decoded.end), _seconds(plan.duration))


def colour_of(facts: VideoFacts) -> str:
    """Return the colour tags of a film, as an Expectation states them."""
    colour = facts.colour
    return f"{colour.primaries}/{colour.transfer}/{colour.matrix}/{'full' if colour.full_range else 'limited'}"


def sound_shortfalls(output: Output, level: SoundLevel | None) -> Iterator[Finding]:
    """Yield where the finished sound is louder or quieter than promised, or its true peak higher.

    A missed loudness is a warning and no refusal: a damaged clock can move silence about, and the footage still counts.
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
    if not facts.sound.audio:
        yield "audio-codec", expect.audio_codec, ""
        return
    if not expect.audio_codec:
        return
    yield "audio-codec", expect.audio_codec, facts.sound.audio.codec
    yield "sample-rate", expect.sample_rate, facts.sound.audio.sample_rate
    yield "channels", expect.channels, facts.sound.audio.channels


def missing(output: Output) -> Finding:
    """Return the shortfall of an output that is not there."""
    return _short(output, "missing", "", "")


def size_shortfalls(output: Output, size: int, most: int) -> Iterator[Finding]:
    """Yield the shortfall of a file of more than `most` bytes."""
    if size > most:
        yield _short(output, "file-size", f"{most:,}", f"{size:,}")


def fixity_shortfalls(output: Output, given_out: Sequence[str], read_back: Sequence[str]) -> Iterator[Finding]:
    """Yield where the file holds other streams than the encoder gave out, by one hash per stream, in any order."""
    if sorted(given_out) != sorted(read_back) or len(read_back) != _STREAMS:
        yield _short(output, "stream-hash", " ".join(given_out), " ".join(read_back))


def decode_shortfalls(output: Output, planned: int, frames: int, broken: int) -> Iterator[Finding]:
    """Yield where a decoder finds another number of frames than planned, or `broken` damaged places."""
    if broken or frames != planned:
        yield _short(output, "decode", str(planned), f"{frames}（{broken} 处损坏）")
