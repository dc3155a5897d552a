"""Right inputs of each target, for the fuzzer to spoil."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.resources import files

from dramatiq import Message

from pipelines.domain.model import (
    AudioFacts,
    Colour,
    Finding,
    Geometry,
    ImageFacts,
    Integrity,
    PictureCoding,
    Refusal,
    Sound,
    SoundLevel,
    TextFacts,
    Timing,
    VideoFacts,
)
from pipelines.sandbox.messages import FACTS

_SOUND = AudioFacts(1, "aac", "lc", 48000, 2, Fraction(0), Fraction(10), SoundLevel(-23.0, -3.0))
_VIDEO = VideoFacts(
    kind="video",
    container="mov",
    index=0,
    coding=PictureCoding("h264", "high", 40, "yuv420p", 8_000_000),
    geometry=Geometry(1920, 1080, True, 0, False, None, "progressive", False),
    timing=Timing(
        Fraction(30000, 1001), False, 300, 0, Fraction(1), 0, 0, Fraction(0), end=Fraction(10), duration=Fraction(10)
    ),
    colour=Colour("bt709", "bt709", "bt709", full_range=False),
    sound=Sound(_SOUND, 1),
    integrity=Integrity(Fraction(10), truncated=False, torn=0),
    faststart=True,
)


def _campaigns() -> Iterator[bytes]:
    yield (files("pipelines.domain") / "campaigns" / "jiexi-2020.toml").read_bytes()
    yield b"[campaign]\nid = 'x'\n"


def _messages() -> Iterator[bytes]:
    for args in (("0" * 32,), (7, None, {"job": []}), ("../x", "\ud800")):
        yield Message("video", "run_video", args, {}, {}).encode()


def _bodies() -> Iterator[bytes]:
    yield '{"name": "演练.mp4", "programme": "zhubo", "unit": "河婆街道", "date": "2020-06-16"}'.encode()
    yield b'{"name": "x", "activity": "yanlian", "place": ""}'


def _facts() -> Iterator[bytes]:
    photo = ImageFacts(
        *("photo", "jpeg", 4000, 3000, 6, "RGB", 1, "baseline", "srgb", 5_000_000),
        *("2020-06-16T09:30:00", "+08:00", "2020-06-16T01:30:00", ("place",)),
    )
    yield FACTS.dump_json((_VIDEO,))
    yield FACTS.dump_json((photo, TextFacts("text", 3), Refusal("refusal", Finding("empty", "reject"))))


def _texts() -> Iterator[bytes]:
    yield b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n"
    yield b"out_time_us=1000000\nspeed=1.5x\nprogress=continue\nout_time_us=N/A\n"
    yield b"lavfi.r128.M=-23.0\nlavfi.r128.M=nan\n"
    yield b"Input stream #0:0 (video): 25 packets read (9 bytes); 24 frames decoded; 1 decode errors\n"
    yield b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\0\x01mdat\0\0\0\0\0\0\0\x20"


EXAMPLES: dict[str, Callable[[], Iterator[bytes]]] = {
    "campaign": _campaigns,
    "message": _messages,
    "body": _bodies,
    "facts": _facts,
    "text": _texts,
}
