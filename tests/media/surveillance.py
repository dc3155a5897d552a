"""Files as surveillance recorders export them, made of our own film: DHAV, IMKH, streams without a container."""

from __future__ import annotations

import struct
from pathlib import Path

import av

from tests.media import clips

_I_FRAME, _P_FRAME, _AUDIO = 0xFD, 0xFC, 0xF0
_H264, _ALAW, _8000_HZ = 0x02, 0x0E, 0x02
_DATE = 20 << 26 | 6 << 22 | 16 << 17 | 9 << 12 | 30 << 6  # 2020-06-16 09:30:00
_ALAW_SINE = bytes(0x55 ^ (0x80 if n % 18 < 9 else 0) ^ 0x5A for n in range(8000))
ENCODER = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def raw(path: Path, *, rate: str = "25", seconds: float = 2, encoder: tuple[str, ...] = ENCODER) -> Path:
    """Write a bare stream (annex B)."""
    source = f"testsrc2=size=352x288:rate={rate}:duration={seconds}"
    clips.ffmpeg("-f", "lavfi", "-i", source, *encoder, "-an", str(path))
    return path


def dav(path: Path, *, rate: int = 25, sound: bool = True) -> Path:
    """Write a DHAV file of two seconds, as Dahua's recorders do: a chunk a frame, a second of G.711 at a time."""
    stream = raw(path.with_suffix(".h264"), rate=str(rate))
    with av.open(str(stream)) as container:
        frames = [(bool(packet.is_keyframe), bytes(packet)) for packet in container.demux(video=0) if packet.size]
    made = b""
    for number, (is_key, data) in enumerate(frames):
        size = struct.pack("<B3xHH", 0x82, 352, 288)
        ext = size + bytes((0x81, 0, _H264, rate))
        made += _chunk(_I_FRAME if is_key else _P_FRAME, number, number * 1000 // rate, ext, data)
        if sound and number % rate == 0:
            made += _chunk(_AUDIO, number, number * 1000 // rate, bytes((0x83, 1, _ALAW, _8000_HZ)), _ALAW_SINE)
    path.write_bytes(made)
    return path


def _chunk(kind: int, number: int, milliseconds: int, ext: bytes, data: bytes) -> bytes:
    length = 24 + len(ext) + len(data) + 8
    seconds, rest = divmod(milliseconds, 1000)
    head = b"DHAV" + bytes((kind, 0, 0, 0)) + struct.pack("<IIIHBB", number, length, _DATE + seconds, rest, len(ext), 0)
    return head + ext + data + b"dhav" + struct.pack("<I", length)


def program_stream(path: Path, *, g711: bool) -> Path:
    """Write an MPEG program stream behind Hikvision's header of 40 bytes; `g711`: G.711 where MPEG audio is said."""
    plain = path.with_suffix(".plain.mpg")
    sources = ("-f", "lavfi", "-i", "testsrc2=size=352x288:rate=25:duration=2", "-f", "lavfi", "-i", "sine=440:d=2")
    clips.ffmpeg(*sources, *ENCODER, "-c:a", "mp2", "-ar", "32000", "-f", "vob", str(plain))
    data = bytearray(plain.read_bytes())
    at = 0
    while g711 and (at := data.find(b"\0\0\1\xc0", at)) >= 0:
        length, header = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 8]
        start, end = at + 9 + header, at + 6 + length
        data[start:end] = (_ALAW_SINE * 2)[: end - start]
        at = end
    path.write_bytes(b"IMKH" + bytes.fromhex("01010000") + bytes(32) + data)
    return path
