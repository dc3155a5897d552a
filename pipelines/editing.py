"""Inside the child: the finished master → poster, stills, thumbnails and clips; by PyAV and Pillow.

Clips are copies of the master's packets but for their broken ends: a clip costs little more than reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import TypeAdapter

from pipelines.cutting import coded, cut_clip, keyframe_times
from pipelines.edit_planning import ANALYSIS, REEL
from pipelines.frames import Frames
from pipelines.highlights import choose
from pipelines.model import Analysis, Edit, VideoPlan
from pipelines.reel_cutting import cut_reel
from pipelines.replies import EDIT
from pipelines.resharpening import as_chosen_from, is_short
from pipelines.stills import well_coded

_ANALYSIS: TypeAdapter[Analysis] = TypeAdapter(Analysis)
_PLAN: TypeAdapter[VideoPlan] = TypeAdapter(VideoPlan)


def serve(request: dict[str, Any]) -> bytes:
    """`{"plan": …}` → Edit; reads the master and the analysis in the working directory, writes beside them."""
    plan = _PLAN.validate_python(request["plan"])
    analysis = _ANALYSIS.validate_json(Path(ANALYSIS).read_bytes())
    with Frames(Path(plan.master.name)) as frames:  # opened once: every opening decodes a frame to know its stream
        film = coded(frames)
        analysis = as_chosen_from(analysis, plan, frames)
        coded_at = zip(film.shown, film.sizes, strict=True)
        pictures = [] if is_short(plan) else sorted((shown * frames.base, size) for shown, size in coded_at)
        keyframes = keyframe_times(film, frames.base)
        edit = choose(analysis, keyframes, plan.duration, plan.editing, plan.encoding.frame_rate)
        for number, cut in enumerate(edit.cuts, 1):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        if edit.reel:
            cut_reel(frames, film, Path(REEL), edit.reel, plan.encoding)
        _stills(frames, plan, edit, frozenset(keyframes), lambda time: well_coded(pictures, time, analysis.shots))
    return EDIT.dump_json(edit)


def _stills(
    frames: Frames,
    plan: VideoPlan,
    edit: Edit,
    keyframes: frozenset[Fraction],
    well_coded: Callable[[Fraction], Fraction],
) -> None:
    for number, time in enumerate(edit.stills, 1):
        still = frames.key(time) if time in keyframes else frames.at(well_coded(time))
        save_still(still, number, plan, poster=time == edit.poster)


def save_still(still: Image.Image, number: int, plan: VideoPlan, *, poster: bool) -> None:
    """Under its name; the poster, and its thumbnails, under theirs too."""
    quality = plan.editing.jpeg_quality
    still.save(f"still-{number}.jpg", quality=quality)
    if poster:
        still.save("poster.jpg", quality=quality)
        _thumbnails(still, plan.editing.thumbnail_widths, quality)


def _thumbnails(image: Image.Image, widths: Sequence[int], quality: int) -> None:
    for width in widths:
        height = max(1, round(image.height * width / image.width))
        image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3).save(
            f"thumbnail-{width}.jpg", quality=quality
        )
