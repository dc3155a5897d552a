"""Inside the child: the finished master → poster, stills, thumbnails and clips; by PyAV and Pillow.

Clips are copies of the master's packets but for their broken ends: a clip costs little more than reading it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.children.messages import ANALYSIS, EDIT, FILM
from pipelines.choosing.highlights import choose
from pipelines.choosing.stills import alike
from pipelines.films.cutting import coded, cut_clip, keyframe_times
from pipelines.films.frames import Frames, as_image
from pipelines.films.reel_cutting import cut_reel
from pipelines.films.resharpening import as_chosen_from, is_short, sharpness
from pipelines.model import Analysis, VideoPlan
from pipelines.planning.edit import ANALYSIS_JSON, REEL


def serve(request: dict[str, Any]) -> bytes:
    """`{"plan": …}` → Edit; reads the master and the analysis in the working directory, writes beside them."""
    plan = FILM.validate_python(request["plan"])
    analysis = ANALYSIS.validate_json(Path(ANALYSIS_JSON).read_bytes())
    with Frames(Path(plan.master.name)) as frames:  # opened once: every opening decodes a frame to know its stream
        film = coded(frames)
        analysis = as_chosen_from(analysis, plan, frames)
        keyframes = keyframe_times(film, frames.base)
        edit = choose(analysis, keyframes, plan.duration, plan.editing, plan.encoding.frame_rate)
        for number, cut in enumerate(edit.cuts, 1):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        if edit.reel:
            cut_reel(frames, film, Path(REEL), edit.reel, plan.encoding)
        for number, time in enumerate(edit.stills, 1):
            still = frames.key(time) if time in keyframes else _sharpest(frames, plan, analysis, time)
            save_still(still, number, plan, poster=time == edit.poster)
    return EDIT.dump_json(edit)


def _sharpest(frames: Frames, plan: VideoPlan, analysis: Analysis, time: Fraction) -> Image.Image:
    """Of the pictures that show the same as the one at `time`; of a short film each was measured before."""
    start, end = (ceil(edge / frames.base) for edge in alike(analysis, time))
    pictures = () if is_short(plan) else frames.between(start, end)
    best = max(pictures, key=sharpness, default=None)
    return frames.at(time) if best is None else as_image(best)


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
