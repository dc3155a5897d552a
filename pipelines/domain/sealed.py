"""Extract an original's metadata on its author, time and place, which is kept sealed beside it and never circulates.

It goes from the child that reads the original to the store and nowhere else: not into facts, manifest, log or page.
It may prove a clip years later, and it may betray an informant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Annotated

from annotated_types import MaxLen
from pydantic import TypeAdapter

Note = Annotated[str, MaxLen(200)]
Packet = Annotated[str, MaxLen(32_768)]
Digest = Annotated[str, MaxLen(64)]
SEALED = "sealed.json"
_LONGEST, _LONGEST_PACKET = 200, 32_768
_SIGNS = {"N": "+", "E": "+", "S": "-", "W": "-"}
_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the original that is no text: its `kind` (maker-note, thumbnail, trailing), bytes, SHA-256.

    The part itself stays in the original.
    """

    kind: Note
    size: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed metadata as the file has it; a field is empty where the file has none.

    `taken`: ISO 8601, or as in EXIF. `zone`: offset from UTC. `place`: ISO 6709 (latitude, longitude, altitude).
    `serial`: of camera and lens. `xmp`: the packet as it is written.
    """

    taken: Note = ""
    zone: Note = ""
    camera: Note = ""
    serial: Note = ""
    place: Note = ""
    owner: Note = ""
    xmp: Packet = ""
    parts: Annotated[tuple[Part, ...], MaxLen(8)] = ()


RECORD: TypeAdapter[Sealed] = TypeAdapter(Sealed)


def of_film(metadata: Mapping[str, str]) -> Sealed:
    """Extract the sealed metadata of a film from its container's tags.

    Apple's own time carries the zone; the MP4 header's is UTC.
    """
    tags = {name.lower().rpartition("quicktime.")[2]: value for name, value in metadata.items()}
    taken = _first(tags, "creationdate", "creation_time", "date", "timecode")
    zone = _ZONE.search(taken)
    return Sealed(
        taken=taken,
        zone=zone[0] if zone else "",
        camera=_joined(tags, "make", "model", "com.android.manufacturer", "com.android.model"),
        serial=_joined(tags, "serial", "serial_number", "camera.identifier"),
        place=_first(tags, "location.iso6709", "location", "location-eng", "xyz"),
        owner=_joined(tags, "author", "artist", "owner"),
    )


def of_photo(
    tags: Mapping[str, object], gps: Mapping[int, object], xmp: object = "", parts: Iterable[Part] = ()
) -> Sealed:
    """Extract the sealed metadata of a photo.

    `tags`: EXIF by its names (DateTimeOriginal, OffsetTimeOriginal, …). `gps`: EXIF's GPS directory by number.
    """
    packet = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp)
    text = {name: str(value) for name, value in tags.items()}
    return Sealed(
        taken=_first(text, "DateTimeOriginal", "DateTime"),
        zone=_first(text, "OffsetTimeOriginal", "OffsetTime"),
        camera=_joined(text, "Make", "Model"),
        serial=_joined(text, "BodySerialNumber", "LensSerialNumber"),
        place="".join(_coordinates(gps)),
        owner=_joined(text, "Artist", "CameraOwnerName", "Copyright"),
        xmp=_bounded(packet, _LONGEST_PACKET),
        parts=tuple(parts),
    )


def _coordinates(gps: Mapping[int, object]) -> Iterator[str]:
    """Yield latitude and longitude in degrees with their signs (directory entries 1 to 4): both, or neither."""
    found = [(_SIGNS.get(str(gps.get(n)).strip("\0 ")), _degrees(gps.get(n + 1))) for n in (1, 3)]
    if all(sign and degrees is not None for sign, degrees in found):
        yield from (f"{sign}{degrees:.6f}" for sign, degrees in found)


def _degrees(value: object) -> float | None:
    try:
        if isinstance(value, Sequence) and len(value) == 3:
            degrees = float(value[0]) + float(value[1]) / 60 + float(value[2]) / 3600
            return degrees if isfinite(degrees) else None
    except (TypeError, ValueError, ArithmeticError):
        return None  # a broken directory gives no place
    return None


def _first(tags: Mapping[str, str], *names: str) -> str:
    return next((_noted(tags[name]) for name in names if tags.get(name)), "")


def _joined(tags: Mapping[str, str], *names: str) -> str:
    return _noted(" ".join(tags[name] for name in names if tags.get(name)))


def _noted(text: str) -> str:
    return _bounded(text, _LONGEST)


def _bounded(text: str, most: int) -> str:
    """Return at most `most` characters, without surrogates and NUL, so that every file and database can hold them."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:most].strip()
