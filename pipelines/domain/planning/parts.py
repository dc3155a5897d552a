"""Tell which outputs two plans make alike: each part of a publication has a recipe of its own. This module does no I/O.

What a part is made from belongs to its recipe: clips and stills are cut from the master, so that another master makes
them other ones; another rule for stills makes other stills alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter

from pipelines.domain.captions import CaptionTemplate
from pipelines.domain.model import Manifest, Plan, Role, VideoPlan
from pipelines.domain.planning.derivation import DerivationPlan
from pipelines.domain.planning.renditions import Rendition

_PLAN: TypeAdapter[VideoPlan] = TypeAdapter(VideoPlan)
_ANY: TypeAdapter[Any] = TypeAdapter(Any)
_READERS = frozenset({"onnxruntime", "rapidocr"})  # what reads the words in stills makes no bytes
PAIR = frozenset({"pair.jpg", "wipe.mp4"})


def master_part(plan: VideoPlan) -> str:
    """Return the digest of what decides the master, its analysis and its storyboard, with the quality of JPEG."""
    editing = replace(
        plan.editing,
        clips=0,
        clip_min=0,
        clip_max=0,
        reel_seconds=0,
        reel_piece=0,
        stills=0,
        weights=(),
        thumbnail_widths=(),
    )
    tools = tuple(tool for tool in plan.tools if tool[0] not in _READERS)
    return _digest(_PLAN.dump_json(replace(plan, editing=editing, why=(), words=0, tools=tools)))


def clips_part(plan: VideoPlan) -> str:
    """Return the digest of what decides the clips and the reel."""
    editing = plan.editing
    rule = (editing.clips, editing.clip_min, editing.clip_max, editing.reel_seconds, editing.reel_piece)
    return _digest(repr((master_part(plan), rule, editing.weights)).encode())


def stills_part(plan: VideoPlan) -> str:
    """Return the digest of what decides the stills, the poster and the thumbnails."""
    editing = plan.editing
    rule = (editing.stills, editing.weights, editing.thumbnail_widths)
    return _digest(repr((master_part(plan), rule)).encode())


def is_master_kept(old: Plan, new: Plan) -> bool:
    """Tell whether both plans make the same master of one original, and no films of other pictures beside it."""
    films = isinstance(old, VideoPlan) and isinstance(new, VideoPlan)
    return films and not new.angles and master_part(old) == master_part(new)  # type: ignore[union-attr,arg-type]


def roles_again(old: Plan, new: Plan) -> frozenset[Role] | None:
    """Return the roles of the outputs that are to be made again; None for all of them."""
    if old == new:
        return frozenset()
    if not is_master_kept(old, new):
        return None
    assert isinstance(old, VideoPlan)  # noqa: S101 - is_master_kept has checked it
    assert isinstance(new, VideoPlan)  # noqa: S101
    clips: frozenset[Role] = frozenset({"clip", "reel"}) if clips_part(old) != clips_part(new) else frozenset()
    stills: frozenset[Role] = frozenset({"still", "poster", "thumbnail"})
    return clips | (stills if stills_part(old) != stills_part(new) else frozenset())


def derived_parts(plan: DerivationPlan, base: Manifest) -> dict[str, str]:
    """Return by the name of each output of a derived publication the digest of what decides it.

    `base`: the publication whose master it is cut from.
    """
    master = next((artifact.sha256 for artifact in base.artifacts if artifact.role == "master"), "")
    film = base.plan.encoding if isinstance(base.plan, VideoPlan) else None
    common, templates, channels = (master, film, plan.tools), dict(plan.templates), dict(plan.channels)
    parts: dict[str, Any] = {f"clip-{n}.mp4": (common, cut.start, cut.end) for n, cut in enumerate(plan.cuts, 1)}
    if plan.reel:
        parts["reel.mp4"] = (common, [(cut.start, cut.end, cut.gain) for cut in plan.reel])
    for made in plan.renditions:
        captions = [templates[name] for name in made.captions]
        said = _said(captions, dict(plan.words))
        parts[made.name] = (common, made, channels[made.channel], captions, said)
    if plan.pair:
        parts |= dict.fromkeys(PAIR, (plan.pair, plan.tools))
    return {name: _digest(_ANY.dump_json(part)) for name, part in parts.items()}


def _said(captions: list[CaptionTemplate], words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the words that these templates use."""
    lines = " ".join(line.text for template in captions for line in template.lines)
    return sorted((name, text) for name, text in words.items() if f"{{{name}}}" in lines)


def length_of(renditions: Sequence[Rendition]) -> Fraction:
    """Return the seconds of film that these show, before their dissolves."""
    return sum((piece.end - piece.start for made in renditions for piece in made.pieces), Fraction(0))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]
