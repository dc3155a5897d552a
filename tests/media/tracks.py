"""Films with unusual sound: codecs that have no decoder, channels without a place, ambisonics; made, never taken."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.media import clips

SECONDS = 2
_PICTURE = ("-f", "lavfi", "-i", f"testsrc2=s=352x288:r=25:d={SECONDS}")
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_TO_SOUND = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_CENTRE = 3  # CoreAudio's kAudioChannelLabel_Center


def film(path: Path, *sounds: str, defaults: Sequence[int] = ()) -> Path:
    """Write a film with these sounds in order: `aac`, `unknown`, `centres`, `discrete-N`, `ambisonic-N`.

    `defaults`: numbers of the sounds that are flagged as default.
    """
    options: list[str] = []
    for number in range(len(sounds)):
        options += [f"-disposition:a:{number}", "default" if number in defaults else "0"]
    plain = path.with_name(f"plain-{path.name}")
    plain.write_bytes(_coded(path.suffix, sounds))
    clips.ffmpeg("-i", str(plain), "-map", "0", "-c", "copy", *options, str(path))
    plain.unlink()
    for number, sound in enumerate(sounds):
        if sound == "unknown":
            _forget_codec(path, number)
        if sound == "centres":
            _place_channels(path, number, [_CENTRE, _CENTRE])
    return path


@lru_cache(64)
def _coded(suffix: str, sounds: tuple[str, ...]) -> bytes:
    """The film before anything is forgotten, placed or flagged: made once."""
    inputs, options = list(_PICTURE), list(_X264)
    for number, sound in enumerate(sounds):
        inputs += ["-f", "lavfi", "-i", _tones(_channels(sound))]
        options += ["-map", f"{number + 1}", *_encoder(sound, number)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        clips.ffmpeg(*inputs, "-map", "0", *options, str(path))
        return path.read_bytes()


def _channels(sound: str) -> int:
    kind, _, count = sound.partition("-")
    return {"discrete": int(count or 0), "ambisonic": (int(count or 0) + 1) ** 2, "centres": 2}.get(kind, 1)


def _tones(count: int) -> str:
    """A tone of its own in every channel: 300 Hz, 400 Hz and so on."""
    channels = "|".join(f"0.25*sin({300 + 100 * number}*2*PI*t)" for number in range(count))
    return f"aevalsrc={channels}:s=48000:d={SECONDS}"


def _encoder(sound: str, number: int) -> tuple[str, ...]:
    if sound.startswith("ambisonic"):
        return (f"-c:a:{number}", "libopus", f"-mapping_family:a:{number}", "2")
    return (f"-c:a:{number}", "aac" if sound in {"aac", "unknown"} else "pcm_s16le")


def _forget_codec(path: Path, number: int) -> None:
    """Name the codec `apac`, Apple's spatial audio, as iPhones do since 2024; no libavcodec decodes it."""
    data = bytearray(path.read_bytes())
    entry = _sound_entries(data)[number][-1]
    data[entry + 4 : entry + 8] = b"apac"
    place = data.index(b"esds", entry)
    data[place : place + 4] = b"dapa"
    path.write_bytes(data)


def _place_channels(path: Path, number: int, labels: Sequence[int]) -> None:
    """Give each channel a label of its own (QuickTime's `chan`, mChannelLayoutTag 0)."""
    data = bytearray(path.read_bytes())
    places = _sound_entries(data)[number]
    at = data.index(b"chan", places[-1]) - 4
    old = int.from_bytes(data[at : at + 4], "big")
    described = b"".join(struct.pack(">II3f", label, 0, 0, 0, 0) for label in labels)
    box = struct.pack(">I4s4I", 24 + len(described), b"chan", 0, 0, 0, len(labels)) + described
    data[at : at + old] = box
    for place in places:
        size = int.from_bytes(data[place : place + 4], "big") + len(box) - old
        data[place : place + 4] = size.to_bytes(4, "big")
    path.write_bytes(data)


def _sound_entries(data: bytes | bytearray) -> list[list[int]]:
    """Where the boxes around each sound's sample entry begin, from `moov` to the entry itself. The index comes last."""
    found = [[*path, path[-1] + 16] for path in _paths(data, _TO_SOUND, 0, len(data))]
    return [path for path in found if b"soun" in bytes(data[path[1] : path[1] + 600])]


def _paths(data: bytes | bytearray, names: Sequence[bytes], at: int, end: int) -> list[list[int]]:
    found: list[list[int]] = []
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == names[0]:
            deeper = _paths(data, names[1:], at + 8, at + size) if names[1:] else [[]]
            found += [[at, *path] for path in deeper]
        at += max(8, size)
    return found
