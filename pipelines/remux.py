"""Packets of a finished MP4: where its key frames are, and a stretch of it copied without encoding. By PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream


def keyframe_times(reader: InputContainer) -> tuple[Fraction, ...]:
    """Presentation times of the video's key frames, rising, in seconds. Reads to the end."""
    times = [
        packet.pts * packet.time_base
        for packet in reader.demux(reader.streams.video[0])
        if packet.is_keyframe and packet.pts is not None
    ]
    return tuple(sorted(times))


def copy_clip(reader: InputContainer, target: Path, start: Fraction, end: Fraction) -> None:
    """Copy the packets shown from `start` to `end` (both key frames, or the end) into a new MP4 that begins at 0."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(target), "w", format="mp4", options=options) as writer:
        _copy(reader, writer, start, end)


def _copy(reader: InputContainer, writer: OutputContainer, start: Fraction, end: Fraction) -> None:
    streams: list[Stream] = [reader.streams.video[0], *reader.streams.audio[:1]]
    targets = {stream.index: writer.add_stream_from_template(stream) for stream in streams}
    reader.seek(int(start * av.time_base), backward=True)
    done: set[int] = set()
    for packet in reader.demux(streams):
        if packet.pts is None or packet.dts is None or packet.stream.index in done:
            continue
        time = packet.pts * packet.time_base
        # GOPs are closed, so the first packet at or after the end is the key frame that ends the stretch.
        if time >= end and (packet.is_keyframe or packet.stream.type == "audio"):
            done.add(packet.stream.index)
        elif time >= start:
            _write(writer, packet, targets[packet.stream.index], start)
        if len(done) == len(streams):
            return


def _write(writer: OutputContainer, packet: Packet[Any], target: Stream, start: Fraction) -> None:
    assert packet.pts is not None  # noqa: S101 - the caller has looked
    assert packet.dts is not None  # noqa: S101 - the caller has looked
    offset = round(start / packet.time_base)
    packet.pts -= offset
    packet.dts -= offset
    packet.stream = target
    writer.mux(packet)
