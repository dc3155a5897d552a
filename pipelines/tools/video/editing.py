"""Make poster, stills, thumbnails and clips of the finished master, with PyAV and Pillow, inside a confined child.

Clips copy the master's packets, except for their broken ends. A clip costs little more than reading it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.domain.model import Analysis, Edit, VideoPlan
from pipelines.domain.planning.edit import ANALYSIS_JSON, REEL
from pipelines.domain.selection.highlights import choose
from pipelines.domain.selection.stills import alike
from pipelines.sandbox.messages import ANALYSIS, EDIT, FILM
from pipelines.tools.video.cutting import coded, cut_clip, keyframe_times
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.reel_cutting import cut_reel
from pipelines.tools.video.resharpening import as_chosen_from, is_short, sharpest


def serve(request: dict[str, Any]) -> bytes:
    """Answer `{"plan": …, "cut": …}` with an Edit; write the files that it describes, clips and reel only if `cut`.

    The master and the analysis are read from the working directory, and the files are written beside them.
    """
    plan = FILM.validate_python(request["plan"])
    analysis = ANALYSIS.validate_json(Path(ANALYSIS_JSON).read_bytes())
    with Frames(Path(plan.master.name)) as frames:  # opened once: each opening decodes a frame to know its stream
        film = coded(frames)
        analysis = as_chosen_from(analysis, plan, frames)
        keyframes = keyframe_times(film, frames.base)
        edit = choose(analysis, keyframes, plan.duration, plan.editing, plan.encoding.frame_rate)
        for number, cut in enumerate(edit.cuts if request["cut"] else (), 1):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        if edit.reel and request["cut"]:
            cut_reel(frames, film, Path(REEL), edit.reel, plan.encoding)
        edit = save_stills(frames, plan, analysis, edit, keyframes)
    return EDIT.dump_json(edit)


def save_stills(frames: Frames, plan: VideoPlan, analysis: Analysis, edit: Edit, keys: Sequence[Fraction]) -> Edit:
    """Save the stills and return the edit with the moments that were taken.

    A key frame is taken as it is, and in a short film the frame that was chosen. Else the sharpest frame that shows the
    same is taken, none before the key frame (`keys`, rising) from which the chosen one is decoded.
    """
    taken = []
    for number, time in enumerate(edit.stills, 1):
        if time in keys:
            moment, still = time, frames.key(time)
        elif is_short(plan):
            moment, still = time, frames.at(time)
        else:
            start, end = alike(analysis, time, edit.stills)
            decoded_from = keys[bisect_right(keys, time) - 1]
            moment, still = sharpest(frames, (max(start, decoded_from), end), time)
        save_still(still, number, plan, poster=time == edit.poster)
        taken.append(moment)
    return replace(edit, stills=tuple(taken), poster=taken[edit.stills.index(edit.poster)])


def save_still(still: Image.Image, number: int, plan: VideoPlan, *, poster: bool) -> None:
    """Save a still under its number; save the poster and its thumbnails under their own names too."""
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
