"""Manifests of earlier versions, brought to the present form when they are read."""

from __future__ import annotations

from typing import Any, Literal

SCHEMA: Literal[2] = 2  # of manifests as they are written

Document = dict[str, Any]

# The fields of a film's facts by group; in schema 1 all lay side by side.
_GROUPS = {
    "coding": ("codec", "profile", "level", "pixel_format", "bit_rate"),
    "geometry": ("width", "height", "square_pixels", "rotation", "mirrored", "crop", "fields", "flagged_fields"),
    "timing": (
        *("frame_rate", "variable", "frames", "hidden", "key_interval", "gaps", "open_keys"),
        *("start", "end", "duration"),
    ),
    "colour": ("transfer", "primaries", "matrix", "full_range", "dolby_vision"),
    "integrity": ("declared", "truncated", "torn"),
}


def upgraded(document: Document) -> Document:
    """Return a manifest, of an original or of a derived publication, in the present form."""
    if document.get("schema") != 1:
        return document
    made = {**document, "schema": SCHEMA, "findings": [_scoped(found, document) for found in document["findings"]]}
    if document.get("kind") == "edition":
        plan = dict(document["plan"])
        return {**made, "plan": {"edit_request": plan.pop("decision"), **plan}}
    quality = made.pop("look", None)
    return {**made, "quality": quality, "facts": _grouped(document["facts"])}


def _grouped(facts: Document) -> Document:
    if facts.get("kind") != "video":
        return facts
    rest = dict(facts)
    groups: Document = {
        group: {name: rest.pop(name) for name in names if name in rest} for group, names in _GROUPS.items()
    }
    groups["integrity"].setdefault("torn", 0)
    groups["sound"] = {"audio": rest.pop("audio"), "tracks": rest.pop("sounds")}
    return {**rest, **groups}


def _scoped(found: Document, document: Document) -> Document:
    return {**found, "scope": "edition" if document.get("kind") == "edition" else "publication"}
