"""Parse what ffmpeg writes to its pipes: progress, decode errors, loudness and stream hashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.reporting import Report

SILENCE = -70.0  # LKFS; the absolute gate of ITU-R BS.1770-4

_LONGEST_LINE = 1024
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)


class ProgressReader:
    """A consumer of `-progress` that returns True only when the output time has moved, so that a hang is noticed."""

    def __init__(self, stage: str, duration: Fraction, report: Report) -> None:
        self._stage, self._duration, self._report = stage, float(duration), report
        self._pending = ""
        self.seconds = 0.0  # of output
        self._seen = -1.0
        self._speed = 0.0

    def __call__(self, data: bytes) -> bool:
        *lines, last = (self._pending + data.decode(errors="replace")).split("\n")
        self._pending = last[-_LONGEST_LINE:]
        moved = [self._line(*line.partition("=")[::2]) for line in lines]
        return any(moved)

    def _line(self, key: str, value: str) -> bool:
        if key == "speed":
            self._speed = _number(value.strip().rstrip("x"))
        if key != "out_time_us" or (seconds := _number(value) / 1e6) <= self._seen:
            return False
        self._seen = self.seconds = seconds
        self._report(self._stage, min(1.0, max(0.0, seconds / self._duration)), self._speed)
        return True


def _number(text: str) -> float:
    """Return the number, or 0 where the text is no possible time or speed: ffmpeg writes N/A until it knows."""
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else 0.0


class Kept:
    """A consumer that keeps what it is given, up to `most` bytes, because a child may be compromised."""

    def __init__(self, most: int) -> None:
        self._most, self._data = most, bytearray()

    def __call__(self, data: bytes) -> bool:
        self._data.extend(data[: self._most - len(self._data)])
        return False

    @property
    def text(self) -> str:
        """Return the bytes kept, decoded as UTF-8."""
        return self._data.decode(errors="replace")


class Damage:
    """A consumer of ffmpeg's stderr that counts the places where ffmpeg conceals broken or missing data.

    ffmpeg's own summary counts no error for them. `first`: about when the first one was, in seconds of output.
    `changes`: how often the format of picture or sound changed; every filter starts anew there, including its clock.
    """

    # Concealed by the decoder; Matroska that breaks off; a slice of H.265 left out (NAL units up to 31); Matroska
    # passed over. MPEG-TS is examined elsewhere, because ffmpeg reports every joint of two recordings.
    _SAID = re.compile(
        rb"corrupt decoded frame|File ended prematurely"
        rb"|Skipping invalid undecodable NALU: (?:[12]?\d|3[01])$|invalid as first byte of an EBML number"
    )
    _CHANGED = b"Reconfiguring filter graph because"

    def __init__(self, progress: ProgressReader) -> None:
        self._progress, self._pending = progress, b""
        self.frames, self.first, self.changes = 0, 0.0, 0

    def __call__(self, data: bytes) -> bool:
        *lines, last = (self._pending + data).split(b"\n")
        self._pending = last[-_LONGEST_LINE:]
        found = sum(self._SAID.search(line) is not None for line in lines)
        self.changes += sum(self._CHANGED in line for line in lines)
        if found and not self.frames:
            self.first = self._progress.seconds
        self.frames += found
        return False


@dataclass(frozen=True, slots=True)
class Decoded:
    """The decode counts of one input stream; exit status 0 says nothing of them (tdarr#408, freeframe#415)."""

    packets: int
    frames: int
    errors: int


_DECODED = re.compile(
    r"Input stream #0:(\d+) \(\w+\): (\d+) packets read .*?; (\d+) frames decoded; (\d+) decode errors"
)


def parse_decoded(stderr: str) -> dict[int, Decoded]:
    """Return the counts by stream index, from the summary that ffmpeg prints at log level verbose."""
    return {int(m[1]): Decoded(int(m[2]), int(m[3]), int(m[4])) for m in _DECODED.finditer(stderr)}


_LOUDNESS = re.compile(r"^lavfi\.r128\.M=(?:(-?\d{1,6}(?:\.\d{1,9})?)|-?nan|-inf)$", re.ASCII | re.MULTILINE)


def parse_loudness(text: str) -> list[float]:
    """Return the values that ametadata prints, in order (LKFS); `nan` or `-inf`, digital silence, becomes -70."""
    return [float(m[1]) if m[1] else SILENCE for m in _LOUDNESS.finditer(text)]


_HASH = re.compile(r"^\d+,([va]),murmur3=([0-9a-f]{32})$", re.ASCII | re.MULTILINE)


def parse_hashes(text: str) -> list[str]:
    """Return the hashes that ffmpeg's streamhash writes, in stream order: `v:` or `a:` and 128 bits in hex."""
    return [f"{m[1]}:{m[2]}" for m in _HASH.finditer(text)]
