"""An output's facts held against its Expectation: the finish gate's judgement. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipelines.model import Expectation, Finding, ImageFacts, Output, OutputFacts, Refusal, TextFacts, VideoFacts

_SYNC = Fraction(1, 20)  # seconds that picture and sound may end apart: two AAC frames and a little


def shortfalls(output: Output, facts: OutputFacts | Refusal) -> Iterator[Finding]:
    """Every way in which this output is not what was promised; none means it may be published."""
    if isinstance(facts, Refusal):
        yield Finding("output-unreadable", "reject", output.name, f"{facts.finding.code} ({output.name})")
        return
    for name, expected, actual in _compared(output.expect, facts):
        if expected != actual:
            yield Finding(name, "reject", str(expected), f"{actual} ({output.name})")


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


def _video(expect: Expectation, facts: VideoFacts) -> Iterator[tuple[str, object, object]]:
    yield "codec", _asked(expect.codec, facts.codec), facts.codec
    yield "profile", _asked(expect.profile, facts.profile), facts.profile
    yield "pixel-format", _asked(expect.pixel_format, facts.pixel_format), facts.pixel_format
    yield "square-pixels", True, facts.square_pixels
    yield "rotation", 0, facts.rotation
    yield "frame-rate", _asked(expect.frame_rate, facts.frame_rate), facts.frame_rate
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
        in_step = abs(facts.audio.end - facts.end) <= _SYNC
        yield "sound-length", _seconds(facts.end), _seconds(facts.end if in_step else facts.audio.end)


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
