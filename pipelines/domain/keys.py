"""Make the keys of the store from content: the same bytes and the same recipe always get the same keys."""

from __future__ import annotations

import hashlib

from pydantic import TypeAdapter

from pipelines.domain.model import Plan

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_MANIFEST = "manifest.json"


def recipe_digest(plan: Plan) -> str:
    """Return 24 hex digits of the SHA-256 of the whole plan, tool versions included: another recipe, another key."""
    return hashlib.sha256(_PLAN.dump_json(plan)).hexdigest()[:24]


def original_key(sha256: str) -> str:
    """Return the key of an original: its bytes as received."""
    return f"originals/{sha256[:2]}/{sha256}"


def incoming_key(name: str) -> str:
    """Return the key under which a portal puts a file of its own accord, for a submission to be collected."""
    return f"incoming/{name}"


def sealed_key(sha256: str) -> str:
    """Return the key of an original's metadata on people and places, which is kept beside it and never served."""
    return f"sealed/{sha256[:2]}/{sha256}.json"


def publication_prefix(sha256: str, recipe: str) -> str:
    """Return the folder of everything made from one original by one recipe."""
    return f"published/{sha256[:2]}/{sha256}/{recipe}"


def output_key(sha256: str, recipe: str, name: str) -> str:
    """Return the key under which one output is published."""
    return f"{publication_prefix(sha256, recipe)}/{name}"


def publications_of(begins: str) -> str:
    """Return the prefix of all publications of the originals whose SHA-256 begins with `begins`."""
    return f"published/{begins[:2]}/{begins}"


def manifest_key(sha256: str, recipe: str) -> str:
    """Return the key of a publication's manifest, its commit mark: written last, never overwritten."""
    return output_key(sha256, recipe, _MANIFEST)


def is_manifest(key: str) -> bool:
    """Tell whether a key is that of a publication's manifest."""
    return key.endswith(f"/{_MANIFEST}")
