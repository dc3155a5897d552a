"""Read a file's packets without trusting its header: their number, times, steps and holes.

Times are ticks of the stream's own time base, in arrays: six hours of film take 30 MB, not a gigabyte of fractions.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from pipelines.tools.damage.zeros import is_torn
from pipelines.tools.ffmpeg.opening import tick_of

_MICROSECONDS = 1_000_000
_UNIT_TYPE, _IDR = 0x1F, 5  # nal_unit_type (ISO/IEC 14496-10, 7.4.1)
_JITTER = Fraction(1, 10)  # of a frame; rounding in a container's time base stays below it
_LONGEST = (1 << 63) - 1  # ticks; times of a hostile file may lie further apart
_UNTIMED = -(1 << 63)  # AV_NOPTS_VALUE
_VARYING_SHARE = 50  # a rate is variable where more than one step in so many differs


@dataclass(slots=True)
class Track:
    """The packets of one stream; `times` in ticks of `base` seconds, in presentation order once `scan` is over.

    `keys`: times of key frames. `size`: bytes. `hidden`: packets that a player skips. `open_keys`: key frames of H.264
    in MP4 that are no IDR pictures: frames after them may need frames before. `fall`: the furthest that the decoding
    clock went back, in ticks, from `fell_at`. `torn`: packets that hold bytes which no encoder writes, the first of
    them at `torn_at`. `primed`: a hidden key frame comes before the first packet. `is_exact`: the container gives each
    packet's own duration (MP4's `stts`), not a usual one.
    """

    base: Fraction
    times: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))
    end_tick: int = 0
    is_exact: bool = True
    size: int = 0
    hidden: int = 0
    fall: int = 0
    fell_at: int = 0
    latest: int | None = None
    open_keys: int = 0
    torn: int = 0
    torn_at: int | None = None
    primed: bool = False
    _decoded: array[int] = field(default_factory=lambda: array("q"))  # DTS
    _key_numbers: array[int] = field(default_factory=lambda: array("q"))

    def add(self, packet: Packet[Any]) -> None:
        """Add the next packet, in decoding order. A packet without a time stamp gets its time in `put_in_order`."""
        time = tick_of(packet)
        if packet.dts is not None:
            self.tick(packet.dts)
        self.times.append(_UNTIMED if time is None else time)
        self._decoded.append(_UNTIMED if packet.dts is None else packet.dts)
        self.lengths.append(packet.duration or 0)
        self.size += packet.size
        if packet.is_keyframe:
            self._key_numbers.append(len(self.times) - 1)

    def tear(self, packet: Packet[Any]) -> None:
        """Count a torn packet; decoding times will do where there is no other."""
        self.torn += 1
        if self.torn_at is None:
            self.torn_at = tick_of(packet)

    def put_in_order(self) -> None:
        """Sort the packets by presentation time, once all are added, and find where the last of them ends.

        An MP4's durations are the steps of the decoding clock (ISO/IEC 14496-12, 8.6.1.2). Where pictures are coded out
        of order, a pause of the picture stands beside another packet than the one shown meanwhile; only the last
        duration is no step.
        """
        if _UNTIMED in self.times:
            self._time_by_decoding()
        self.keys = array("q", sorted(self.times[number] for number in self._key_numbers))
        order = sorted(range(len(self.times)), key=self.times.__getitem__)
        last = self.lengths[-1]
        self.lengths = array("q", (self.lengths[i] for i in order))
        self.times = array("q", (self.times[i] for i in order))
        if not self.is_exact:
            self.end_tick = max(time + length for time, length in zip(self.times, self.lengths, strict=True))
            self._end_after_a_usual_step()
            return
        step = int(self.interval / self.base)
        last = min(last if 2 * last >= step else step, _LONGEST)  # some phones write none for the last packet
        self.lengths = array("q", (*(min(after - before, _LONGEST) for before, after in pairwise(self.times)), last))
        self.end_tick = self.times[-1] + last

    def _time_by_decoding(self) -> None:
        """Take the decoding times, which need no reordering, as far as they are known, and fill in the others."""
        ruler = self._decoded if max(self._decoded) != _UNTIMED else self.times
        first = next((number for number, time in enumerate(ruler) if time != _UNTIMED), None)
        if first is None:
            ruler, first = array("q", [0, *self.times[1:]]), 0
        later = self.times[first] - ruler[first] if self.times[first] != _UNTIMED else 0
        filled = _fill_in(ruler, _usual_step(ruler, self.lengths))
        self.times = array("q", (time + later for time in filled))

    def _end_after_a_usual_step(self) -> None:
        """Let the last packet last as long as the others, where its own duration is a header's or none at all.

        Matroska's DefaultDuration and FLV's frame rate are only claims. A duration of two steps or more is a held
        picture and stays.
        """
        step = int(self.interval / self.base)
        if self.lengths[-1] < 2 * step:
            self.end_tick = self.times[-1] + step

    @property
    def start(self) -> Fraction:
        """Return when the first packet is presented, in seconds on the file's clock."""
        return self.times[0] * self.base

    @property
    def end(self) -> Fraction:
        """Return when the last packet ends, in seconds on the file's clock."""
        return self.end_tick * self.base

    @property
    def interval(self) -> Fraction:
        """Return the usual step from one packet to the next, in seconds; 0 where there is none."""
        steps = [after - before for before, after in pairwise(self.times) if after > before]
        return median_low(steps) * self.base if steps else Fraction(0)

    @property
    def _longest_step(self) -> Fraction:
        """Return the step from one packet to the next, in ticks, beyond which one between them is missing."""
        return self.interval / self.base * 3 / 2

    @property
    def mean_rate(self) -> Fraction:
        """Return the packets a second where none is missing.

        A camera that drops one in a hundred still has its rate. The stream must have two packets at least, at different
        times.
        """
        most = self._longest_step
        steps = [after - before for before, after in pairwise(self.times) if 0 < after - before <= most]
        return len(steps) / (sum(steps) * self.base)

    @property
    def gaps(self) -> int:
        """Count the steps where a packet is missing: those longer than one and a half usual steps."""
        most = self._longest_step
        return sum(after - before > most for before, after in pairwise(self.times))

    @property
    def is_variable(self) -> bool:
        """Tell whether the steps differ by more than a container's rounding."""
        usual = self.interval / self.base
        jitter = usual * _JITTER
        return sum(abs(b - a - usual) > jitter for a, b in pairwise(self.times)) * _VARYING_SHARE > len(self.times) - 1

    @property
    def key_interval(self) -> Fraction:
        """Return the longest time from one key frame to the next, or to the end, in seconds."""
        return max((b - a for a, b in pairwise([*self.keys, self.end_tick])), default=0) * self.base

    @property
    def until_key(self) -> Fraction:
        """Return the seconds from the first packet to the first key frame; 0 where nothing is missing in between."""
        known = self.keys and not self.primed
        return max(Fraction(0), (self.keys[0] - self.times[0]) * self.base) if known else Fraction(0)

    @property
    def bit_rate(self) -> int:
        """Return the bits a second, over the whole stream."""
        return round(self.size * 8 / (self.end - self.start)) if self.end > self.start else 0

    def tick(self, decoded_at: int) -> None:
        """Record the next decoding time and how far it went back.

        Packets come in decoding order, so their clock should only go on.
        """
        if self.latest is not None and self.latest - decoded_at > self.fall:
            self.fall, self.fell_at = self.latest - decoded_at, self.latest
        self.latest = decoded_at if self.latest is None else max(self.latest, decoded_at)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield from when to when each packet has content, in microseconds on the file's clock.

        No packet is believed to last longer than a second: in an MP4 it lasts until the next one, however far. The last
        pair is the end of the stream, twice.
        """
        rate = self.base * _MICROSECONDS
        up, down = rate.numerator, rate.denominator
        for time, length in zip(self.times, self.lengths, strict=True):
            start = time * up // down
            yield start, start + min(length * up // down, _MICROSECONDS)
        yield self.end_tick * up // down, self.end_tick * up // down


def scan(container: InputContainer, *, torn: bool) -> dict[int, Track]:
    """Return every stream's packets, by the stream's index. Packets that a player skips are only counted as `hidden`.

    `torn`: also count torn packets.
    """
    tracks: dict[int, Track] = {}
    exact = container.format.name.startswith("mov")
    for packet in container.demux():
        if not packet.size:
            continue
        track = tracks.setdefault(packet.stream.index, Track(Fraction(packet.time_base), is_exact=exact))
        if packet.is_discard:
            track.hidden += 1
            track.primed |= packet.is_keyframe and not track.times
            continue
        track.add(packet)
        if packet.stream.type == "video" and (torn or packet.is_keyframe):
            data, codec = bytes(packet), _codec(packet.stream)
            if torn and is_torn(data, codec):
                track.tear(packet)
            track.open_keys += packet.is_keyframe and codec == "h264" and not _is_idr(data)
    tracks = {index: track for index, track in tracks.items() if track.times}
    for track in tracks.values():
        track.put_in_order()
    return tracks


def _fill_in(times: array[int], step: int) -> array[int]:
    """Return the times with missing ones filled in, each a usual step after the packet before.

    Where the usual step is too long, equal steps are taken. MPEG program streams stamp only some packets (ISO/IEC
    13818-1, 2.7.4: one in 0.7 s is enough).
    """
    known = [number for number, time in enumerate(times) if time != _UNTIMED]
    filled = array("q", times)
    for number in reversed(range(known[0])):
        filled[number] = filled[number + 1] - step
    for before, after in pairwise([*known, len(times)]):
        fits = after == len(times) or filled[before] + step * (after - before) <= filled[after]
        for number in range(before + 1, after):
            whole = step * (number - before)
            share = whole if fits else (filled[after] - filled[before]) * (number - before) // (after - before)
            filled[number] = filled[before] + share
    return filled


def _usual_step(times: Sequence[int], lengths: Sequence[int]) -> int:
    """Return the ticks from one stamped packet to the next; where fewer than two are stamped, the usual duration."""
    known = [number for number, time in enumerate(times) if time != _UNTIMED]
    if len(known) > 1 and (span := times[known[-1]] - times[known[0]]) > 0:
        return span // (known[-1] - known[0])
    return median_low(lengths)


def _codec(stream: Stream) -> str:
    context = stream.codec_context  # time codes and similar streams have none, although PyAV's types say they do
    return context.name if context else ""


def _is_idr(data: bytes) -> bool:
    """Tell whether an H.264 packet of MP4 holds an IDR slice, which needs no picture before it.

    Four bytes of length stand before each NAL unit.
    """
    at = 0
    while at + 4 < len(data):
        if data[at + 4] & _UNIT_TYPE == _IDR:
            return True
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return False


def longest_hole(tracks: Iterable[Track]) -> tuple[Fraction, Fraction]:
    """Return when the longest hole that all these tracks share begins and how long it lasts, in seconds."""
    longest = at = 0
    ended: int | None = None
    for start, end in sorted(span for track in tracks for span in track.spans()):
        if ended is not None and start - ended > longest:
            longest, at = start - ended, ended
        ended = end if ended is None else max(ended, end)
    return Fraction(at, _MICROSECONDS), Fraction(longest, _MICROSECONDS)
