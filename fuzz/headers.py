"""`python -m fuzz.headers`: films whose headers lie about their length by ±0.1 to ±50 %, in eight containers.

Each is published whole, to the frame, or refused. A lie is told by overwriting numbers in place; packets, their time
stamps and their order stay as they were. FOOTAGE_FUZZ_HEADERS (default 5000), FOOTAGE_FUZZ_FIRST (default 0).
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pipelines.domain.acceptance import accept
from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Refusal, Submission, VideoPlan
from pipelines.stages.plan import make_plan
from pipelines.tools.video import probe_video
from tests.media import clips, measures
from worker.app import load_campaign, open_service
from worker.settings import Settings

_MOST_RATE = (1 << 22) - 1  # program_mux_rate
SECONDS, RATE = 4, 25
FRAMES = SECONDS * RATE

_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p")
_MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "4")
_MPEG4 = ("-c:v", "mpeg4", "-q:v", "4")


@dataclass(frozen=True, slots=True)
class Family:
    """One way to write a film: its suffix, ffmpeg's options, and what its header says of length (`lie`)."""

    name: str
    suffix: str
    options: tuple[str, ...]
    lie: Callable[[bytearray, float, Random], None]


def make(family: Family, folder: Path, *, sound: bool) -> Path:
    """Write the true film: 4 seconds of 25 frames, with a tone or without."""
    path = folder / f"{family.name}{'-sound' if sound else ''}.{family.suffix}"
    if not path.exists():
        picture = ("-f", "lavfi", "-i", f"testsrc2=size=352x288:rate={RATE}:duration={SECONDS}")
        tone = ("-f", "lavfi", "-i", f"sine=440:sample_rate=44100:duration={SECONDS}") if sound else ()
        clips.ffmpeg(*picture, *tone, *family.options, str(path))
    return path


def _scale(data: bytearray, at: int, layout: str, factor: float) -> None:
    """Multiply the number that lies at `at`; what no longer fits is the largest that does."""
    (value,) = struct.unpack_from(layout, data, at)
    most = (1 << 8 * struct.calcsize(layout) - 1) - 1
    struct.pack_into(layout, data, at, value * factor if "d" in layout else min(most, round(value * factor)))


def _boxes(*names: bytes) -> Callable[[bytearray, float, Random], None]:
    """Some of the durations of an MP4 (ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2), at least one of them."""
    offsets = {b"mvhd": 20, b"tkhd": 24, b"mdhd": 20}

    def lie(data: bytearray, factor: float, random: Random) -> None:
        chosen = [name for name in names if random.random() < 0.7] or list(names)
        for name in chosen:
            for found in re.finditer(re.escape(name), bytes(data)):
                _scale(data, found.start() + offsets[name], ">I", factor)

    return lie


def _matroska(data: bytearray, factor: float, random: Random) -> None:
    """Duration (RFC 9559, 5.1.2.11) and DefaultDuration (5.1.4.1.13), one or both."""
    if random.random() < 0.7:
        _scale(data, data.index(b"\x44\x89\x88") + 3, ">d", factor)
    else:
        at = data.index(b"\x23\xe3\x83") + 3
        length = data[at] & 0x7F
        value = round(int.from_bytes(data[at + 1 : at + 1 + length], "big") * factor)
        data[at + 1 : at + 1 + length] = value.to_bytes(length, "big")


def _flv(data: bytearray, factor: float, random: Random) -> None:
    """onMetaData: `duration`, and now and then `framerate`: a double each (AMF0)."""
    for name in (b"duration", b"framerate")[: 1 + (random.random() < 0.3)]:
        if (at := data.find(name + b"\x00")) >= 0:
            _scale(data, at + len(name) + 1, ">d", factor)


def _avi(data: bytearray, factor: float, random: Random) -> None:
    """`avih` (dwTotalFrames) and the first `strh` (dwLength)."""
    if random.random() < 0.8:
        _scale(data, data.index(b"strh") + 8 + 32, "<I", factor)
    _scale(data, data.index(b"avih") + 8 + 16, "<I", factor)


def _asf(data: bytearray, factor: float, random: Random) -> None:
    """File Properties Object: play duration, send duration, and now and then preroll (ASF 3.2)."""
    at = data.index(bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365"))
    _scale(data, at + 64, "<Q", factor)
    _scale(data, at + 72, "<Q", factor)
    if random.random() < 0.2:
        _scale(data, at + 80, "<Q", factor)


def _program_stream(data: bytearray, factor: float, random: Random) -> None:
    """program_mux_rate of some or all pack headers (ISO/IEC 13818-1, 2.5.3.3), from which players guess a length."""
    every = random.random() < 0.7
    for found in re.finditer(b"\x00\x00\x01\xba", bytes(data)):
        if every or random.random() < 0.3:
            first, shift, markers = (10, 2, 3) if data[found.start() + 4] >> 6 == 1 else (9, 1, 0x800001)  # MPEG-2, -1
            at = found.start() + first
            rate = int.from_bytes(data[at : at + 3], "big") >> shift & _MOST_RATE
            told = max(1, min(_MOST_RATE, round(rate / factor)))
            data[at : at + 3] = (told << shift | markers).to_bytes(3, "big")


def _transport_stream(data: bytearray, factor: float, random: Random) -> None:
    """The program clock reference of some packets (ISO/IEC 13818-1, 2.4.3.5); time stamps stay true."""
    for at in range(0, len(data) - 188, 188):
        has_clock = data[at + 3] & 0x20 and data[at + 4] >= 7 and data[at + 5] & 0x10
        if has_clock and random.random() < 0.5:
            base = int.from_bytes(data[at + 6 : at + 11], "big") >> 7
            told = round(base * factor) & (1 << 33) - 1
            data[at + 6 : at + 11] = (told << 7 | 0x7E).to_bytes(5, "big")


_MP4 = _boxes(b"mvhd", b"tkhd", b"mdhd")
FAMILIES = (
    Family("mp4-edit-list", "mp4", _X264, _MP4),
    Family("mp4", "mp4", (*_X264, "-use_editlist", "0"), _MP4),
    Family("mp4-fast", "mp4", (*_X264, "-movflags", "+faststart"), _MP4),
    Family("mp4-fragments", "mp4", (*_X264, "-movflags", "+frag_keyframe+empty_moov"), _MP4),
    Family("mov-edit-list", "mov", (*_X264, "-c:a", "pcm_s16le"), _MP4),
    Family("mov", "mov", ("-c:v", "mjpeg", "-q:v", "4", "-use_editlist", "0"), _MP4),
    Family("ps-h264", "vob", (*_X264, "-c:a", "mp2", "-f", "vob"), _program_stream),
    Family("ps-mpeg2", "mpg", (*_MPEG2, "-c:a", "mp2", "-f", "mpeg"), _program_stream),
    Family("ts-h264", "ts", (*_X264, "-c:a", "aac"), _transport_stream),
    Family("ts-mpeg2", "ts", (*_MPEG2, "-c:a", "mp2"), _transport_stream),
    Family("mkv-h264", "mkv", _X264, _matroska),
    Family("webm-vp8", "webm", ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"), _matroska),
    Family("avi-mpeg4", "avi", (*_MPEG4, "-c:a", "mp3"), _avi),
    Family("avi-mjpeg", "avi", ("-c:v", "mjpeg", "-q:v", "4", "-c:a", "pcm_s16le"), _avi),
    Family("flv-h264", "flv", (*_X264, "-c:a", "aac"), _flv),
    Family("flv-sorenson", "flv", ("-c:v", "flv", "-q:v", "4", "-c:a", "mp3"), _flv),
    Family("asf", "wmv", ("-c:v", "wmv2", "-q:v", "4", "-c:a", "wmav2"), _asf),
)


@dataclass(frozen=True, slots=True)
class Lie:
    """One film with a lying header: which family, with sound or without, and by how much its length is multiplied."""

    number: int
    family: Family
    sound: bool
    factor: float

    def write(self, folder: Path, target: Path) -> None:
        """Write the film that tells it. The true film is made once in `folder`."""
        data = bytearray(make(self.family, folder, sound=self.sound).read_bytes())
        self.family.lie(data, self.factor, Random(f"lie {self.number}"))
        target.write_bytes(data)


def lies(first: int, count: int) -> Iterator[Lie]:
    """Reproducible by number: shares from ±0.1 % to ±50 %, spread evenly over their logarithm."""
    for number in range(first, first + count):
        random = Random(number)
        share = 0.001 * 500 ** random.random() * random.choice((-1, 1))
        yield Lie(number, FAMILIES[number % len(FAMILIES)], random.random() < 0.5, 1 + share)


@dataclass(frozen=True, slots=True)
class Reader:
    """Probes films and plans them under the county's campaign, without rendering: milliseconds a film."""

    campaign: Campaign

    def frames(self, path: Path) -> int | str:
        """Return how many frames the plan promises, or the code of the finding that refuses the film."""
        with path.open("rb") as file:
            facts = probe_video.read(file.fileno(), lambda _: None)
        if isinstance(facts, Refusal):
            return facts.finding.code
        found = accept(facts, self.campaign, Submission(path.name, "zhubo"))
        refusing = [finding.code for finding in found if finding.severity == "reject"]
        plan = make_plan(facts, self.campaign, "zhubo", confined=False)
        assert isinstance(plan, VideoPlan)
        return refusing[0] if refusing else plan.frames


def main() -> None:
    """Tell lies by the thousand; every hundredth goes through the whole pipeline and is counted by MediaInfo."""
    logging.disable()
    count, first = (int(os.environ.get(f"FOOTAGE_FUZZ_{n}", v)) for n, v in (("HEADERS", "5000"), ("FIRST", "0")))
    reader, endings, wrong = Reader(load_campaign(Settings(home=Path()).campaign)), Counter[str](), list[str]()
    with tempfile.TemporaryDirectory(prefix="footage-headers-") as name:
        folder = Path(name)
        for lie in lies(first, count):
            ending = _ended(reader, lie, folder, rendered=lie.number % 100 == 0)
            endings[f"{lie.family.name:<16}{ending}"] += 1
            wrong += [f"{lie.number} {lie.family.name} {ending}"] if ending.startswith("WRONG") else []
            print(f"{lie.number - first + 1}/{count}", end="\r", file=sys.stderr, flush=True)
    print("\n".join(f"{ending:<50} {times:5d}" for ending, times in sorted(endings.items())))
    print(f"{count} lying headers, {len(wrong)} shortened, stretched or failed" + "".join(f"\n{it}" for it in wrong))
    sys.exit(1 if wrong else 0)


def _ended(reader: Reader, lie: Lie, folder: Path, *, rendered: bool) -> str:
    whole = reader.frames(make(lie.family, folder, sound=lie.sound))
    path = folder / f"lie.{lie.family.suffix}"
    lie.write(folder, path)
    told = published_frames(path, folder / "home") if rendered else reader.frames(path)
    if isinstance(told, str):
        return f"refused: {told}" if told in {"truncated", "damaged", "gap", "clock-back"} else f"WRONG: {told}"
    return "whole" if told == whole and told >= FRAMES else f"WRONG: {told} frames of {whole}"


def published_frames(path: Path, home: Path) -> int | str:
    """Process the film from end to end; return its master's frames, by MediaInfo, or the code it ended with."""
    service = open_service(Settings(home=home, reserve_bytes=0))
    job = service.run(service.submit(path, service.submission(path.name)).id)
    if job.state != "published":
        return job.code
    service.export(job, home)
    frames = int(measures.track(home / "master.mp4", "Video")["frame_count"])
    shutil.rmtree(home)
    return frames


if __name__ == "__main__":
    main()
