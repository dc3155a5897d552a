"""Names in the store, made from content: the same bytes and the same recipe always get the same names."""

from __future__ import annotations

import hashlib

from pydantic import TypeAdapter

from pipelines.domain.model import Plan

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_MANIFEST = "manifest.json"


def recipe_digest(plan: Plan) -> str:
    """24 hex digits over the whole plan, tool versions included: another recipe, another name."""
    return hashlib.sha256(_PLAN.dump_json(plan)).hexdigest()[:24]


def original_key(sha256: str) -> str:
    """Where the bytes as received are kept."""
    return f"originals/{sha256[:2]}/{sha256}"


def sealed_key(sha256: str) -> str:
    """Where what an original says of people and places is kept: beside it, and served by nobody."""
    return f"sealed/{sha256[:2]}/{sha256}.json"


def publication_prefix(sha256: str, recipe: str) -> str:
    """The folder of everything made from one original by one recipe."""
    return f"published/{sha256[:2]}/{sha256}/{recipe}"


def output_key(sha256: str, recipe: str, name: str) -> str:
    """Where one output is published."""
    return f"{publication_prefix(sha256, recipe)}/{name}"


def publications_of(begins: str) -> str:
    """Where all that was made from an original is, of whose SHA-256 this is the beginning."""
    return f"published/{begins[:2]}/{begins}"


def manifest_key(sha256: str, recipe: str) -> str:
    """The commit mark: written last, never overwritten."""
    return output_key(sha256, recipe, _MANIFEST)


def is_manifest(key: str) -> bool:
    """True of the commit mark of any publication."""
    return key.endswith(f"/{_MANIFEST}")
