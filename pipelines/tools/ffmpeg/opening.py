"""Open an untrusted film with PyAV, inside a child: only containers that name no other file."""

from __future__ import annotations

from typing import IO, Any

import av
from av.container import InputContainer
from av.packet import Packet

from pipelines.tools.ffmpeg.containers import FORMATS

_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "fd"}


def tick_of(packet: Packet[Any]) -> int | None:
    """Return when a packet is presented, in ticks; its decoding time where it names no other."""
    return packet.dts if packet.pts is None else packet.pts


def open_film(file: IO[bytes]) -> InputContainer:
    """Open a film from its beginning: only a container on the list, and no other file that it names."""
    file.seek(0)
    container = av.open(file, options=_OPTIONS, metadata_errors="replace")  # tags in GBK are no reason to refuse
    assert isinstance(container, InputContainer)  # noqa: S101 - opened for reading
    return container
