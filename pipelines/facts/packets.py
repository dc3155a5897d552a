"""What the packets of a file say, whatever its header does: how many, from when to when, how far apart, what holes.

Ticks of the stream's own time base, in arrays: six hours of film take 30 MB, not a gigabyte of fractions.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from av.container import InputContainer
from av.stream import Stream

from pipelines.facts.zeros import is_torn

_MICROSECONDS = 1_000_000
_UNIT_TYPE, _IDR = 0x1F, 5  # nal_unit_type (ISO/IEC 14496-10, 7.4.1)
_JITTER = Fraction(1, 10)  # of a frame: rounding in a container's time base stays under it
_VARYING_SHARE = 50  # one step in so many that differs makes a rate variable


@dataclass(slots=True)
class Track:
    """One stream's packets. `times` in ticks of `base` seconds, in order of presentation once `scan` is over.

    `keys`: times of key frames; `size` in bytes; `hidden`: packets that a player skips. `open_keys`: key frames of
    H.264 in MP4 that are no IDR pictures: frames after them may need frames before. `fall`: the furthest that the clock
    of decoding went back, in ticks, from `fell_at`. `torn`: packets that hold what no encoder writes.
    """

    base: Fraction
    times: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))
    end_tick: int = 0
    size: int = 0
    hidden: int = 0
    fall: int = 0
    fell_at: int = 0
    latest: int | None = None
    open_keys: int = 0
    torn: int = 0

    @property
    def start(self) -> Fraction:
        """Seconds on the file's clock at which the first packet is presented."""
        return self.times[0] * self.base

    @property
    def end(self) -> Fraction:
        """Seconds on the file's clock at which the last packet ends."""
        return self.end_tick * self.base

    @property
    def interval(self) -> Fraction:
        """The usual step from one packet to the next, in seconds; 0 where there is none."""
        steps = [after - before for before, after in pairwise(self.times) if after > before]
        return median_low(steps) * self.base if steps else Fraction(0)

    @property
    def _longest_step(self) -> Fraction:
        """Ticks from one packet to the next beyond which one between them is missing."""
        return self.interval / self.base * 3 / 2

    @property
    def mean_rate(self) -> Fraction:
        """Packets a second where none is missing: a camera that drops one in a hundred still has its rate.

        There are two packets at least, at different times.
        """
        most = self._longest_step
        steps = [after - before for before, after in pairwise(self.times) if 0 < after - before <= most]
        return len(steps) / (sum(steps) * self.base)

    @property
    def gaps(self) -> int:
        """How often a packet is missing: steps of one and a half or more."""
        most = self._longest_step
        return sum(after - before > most for before, after in pairwise(self.times))

    @property
    def is_variable(self) -> bool:
        """True where the steps differ by more than a container's rounding."""
        usual = self.interval / self.base
        jitter = usual * _JITTER
        return sum(abs(b - a - usual) > jitter for a, b in pairwise(self.times)) * _VARYING_SHARE > len(self.times) - 1

    @property
    def key_interval(self) -> Fraction:
        """The longest time from one key frame to the next, or to the end."""
        return max((b - a for a, b in pairwise([*self.keys, self.end_tick])), default=0) * self.base

    @property
    def bit_rate(self) -> int:
        """Bits a second, over the whole."""
        return round(self.size * 8 / (self.end - self.start)) if self.end > self.start else 0

    def tick(self, decoded_at: int) -> None:
        """Packets come in the order in which they are decoded: their clock only goes on."""
        if self.latest is not None and self.latest - decoded_at > self.fall:
            self.fall, self.fell_at = self.latest - decoded_at, self.latest
        self.latest = decoded_at if self.latest is None else max(self.latest, decoded_at)

    def spans(self) -> Iterator[tuple[int, int]]:
        """From when to when each packet has content, in microseconds on the file's clock.

        No packet is believed to last longer than a second: in an MP4 it lasts until the next one, however far.
        """
        rate = self.base * _MICROSECONDS
        up, down = rate.numerator, rate.denominator
        for time, length in zip(self.times, self.lengths, strict=True):
            start = time * up // down
            yield start, start + min(length * up // down, _MICROSECONDS)
        yield self.end_tick * up // down, self.end_tick * up // down


def scan(container: InputContainer, *, torn: bool) -> dict[int, Track]:
    """Every stream's packets, by its index; packets that a player skips are not counted. `torn`: look for those too."""
    tracks: dict[int, Track] = {}
    for packet in container.demux():
        time = packet.dts if packet.pts is None else packet.pts
        if time is None or not packet.size:
            continue
        track = tracks.setdefault(packet.stream.index, Track(Fraction(packet.time_base)))
        if packet.is_discard:
            track.hidden += 1
            continue
        if packet.dts is not None:
            track.tick(packet.dts)
        track.times.append(time)
        track.lengths.append(packet.duration or 0)
        track.end_tick = max(track.end_tick, time + (packet.duration or 0))
        track.size += packet.size
        if packet.is_keyframe:
            track.keys.append(time)
        if packet.stream.type == "video" and (torn or packet.is_keyframe):
            data, codec = bytes(packet), _codec(packet.stream)
            track.torn += torn and is_torn(data, codec)
            track.open_keys += packet.is_keyframe and codec == "h264" and not _is_idr(data)
    tracks = {index: track for index, track in tracks.items() if track.times}
    for track in tracks.values():
        _put_in_order(track)
    return tracks


def _codec(stream: Stream) -> str:
    context = stream.codec_context  # time codes and the like have none, whatever the library's types say
    return context.name if context else ""


def _is_idr(data: bytes) -> bool:
    """Whether an H.264 packet of MP4 (four bytes of length before each unit) holds a slice that forgets all before."""
    at = 0
    while at + 4 < len(data):
        if data[at + 4] & _UNIT_TYPE == _IDR:
            return True
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return False


def _put_in_order(track: Track) -> None:
    order = sorted(range(len(track.times)), key=track.times.__getitem__)
    track.lengths = array("q", (track.lengths[i] for i in order))
    track.times = array("q", (track.times[i] for i in order))
    track.keys = array("q", sorted(track.keys))


def longest_hole(tracks: Iterable[Track]) -> tuple[Fraction, Fraction]:
    """Where none of these tracks has anything for longest: when that begins and how long it lasts, in seconds."""
    longest = at = 0
    ended: int | None = None
    for start, end in sorted(span for track in tracks for span in track.spans()):
        if ended is not None and start - ended > longest:
            longest, at = start - ended, ended
        ended = end if ended is None else max(ended, end)
    return Fraction(at, _MICROSECONDS), Fraction(longest, _MICROSECONDS)
