"""Recognise encryption and rights protection: a locked file is whole, although nothing in it can be decoded."""

from __future__ import annotations

from typing import IO

from pipelines.tools.bitstream.boxes import entry_names

_ASF = bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C")
# Content Encryption, Extended Content Encryption, Advanced Content Encryption Object (ASF 3.14 to 3.16).
_ASF_LOCKS = (
    bytes.fromhex("FBB31122 23BDD211 B4B700A0 C955FC6E"),
    bytes.fromhex("14E68A29 2226174C B935DAE0 7EE9289C"),
    bytes.fromhex("33850543 8169E649 9B74AD12 CB86D58C"),
)
_ASF_HEADER = 1 << 20  # bytes that are searched
_ENTRIES = {b"encv", b"enca"}  # ISO/IEC 23001-7 (Common Encryption), 6.1
_SYNC, _PACKET, _SCRAMBLED = 0x47, 188, 0xC0  # ISO/IEC 13818-1, 2.4.3.3: transport_scrambling_control
_PACKETS = 4000


def lock_of(file: IO[bytes]) -> str:
    """Return how the file is locked, in words for people; empty where it is not, or not known to be."""
    file.seek(0)
    head = file.read(_ASF_HEADER)
    if head.startswith(_ASF) and any(lock in head for lock in _ASF_LOCKS):
        return "WMV 版权保护"
    if is_encrypted(file):
        return "MP4 加密"
    return "电视信号加扰" if _is_scrambled(head) else ""


def is_encrypted(file: IO[bytes]) -> bool:
    """Tell whether a track of an MP4 is encrypted."""
    file.seek(0)
    return file.read(8)[4:] in {b"ftyp", b"styp", b"moov"} and bool(_ENTRIES & entry_names(file))


def _is_scrambled(head: bytes) -> bool:
    """Tell whether most packets of a transport stream that carry a payload are scrambled."""
    packets = [head[at : at + 4] for at in range(0, min(len(head), _PACKETS * _PACKET) - _PACKET, _PACKET)]
    if len(packets) < 2 or any(packet[0] != _SYNC for packet in packets):
        return False
    return 2 * sum(packet[3] & _SCRAMBLED > 0 for packet in packets) > len(packets)
