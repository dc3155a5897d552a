"""Inside the child: a finished master → the clips and the reel an editor asked for, and what channels are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipelines.cutting import coded, cut_clip
from pipelines.frames import Frames
from pipelines.model import Cut, VideoPlan
from pipelines.reel_cutting import cut_reel
from pipelines.replies import DONE

_PLAN: TypeAdapter[VideoPlan] = TypeAdapter(VideoPlan)
_CUTS: TypeAdapter[tuple[Cut, ...]] = TypeAdapter(tuple[Cut, ...])
_FILMS: TypeAdapter[dict[str, tuple[Cut, ...]]] = TypeAdapter(dict[str, tuple[Cut, ...]])


def serve(request: dict[str, Any]) -> bytes:
    """`{"plan", "clips": cuts, "films": {name: pieces}}` → done; reads the master in the working directory."""
    plan = _PLAN.validate_python(request["plan"])
    clips, films = _CUTS.validate_python(request["clips"]), _FILMS.validate_python(request["films"])
    with Frames(Path(plan.master.name)) as frames:
        film = coded(frames)
        for number, cut in enumerate(clips, 1):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        for name, pieces in films.items():
            cut_reel(frames, film, Path(name), pieces, plan.encoding)
    return DONE.dump_json(True)
