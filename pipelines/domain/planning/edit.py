"""Plan the files made from the finished master, each with its expectation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from pipelines.domain.model import Analysis, Cut, Edit, Editing, Expectation, Finding, Output, VideoPlan
from pipelines.domain.planning.photo import picture, thumbnail_outputs
from pipelines.domain.selection.faults import faults_of
from pipelines.domain.selection.reels import joined_length, shared_by_two
from pipelines.domain.wording import stamp

ANALYSIS_JSON, REEL = "analysis.json", "reel.mp4"


def edit_outputs(plan: VideoPlan, edit: Edit, tiles: int) -> tuple[Output, ...]:
    """Return every file that the edit makes. `tiles`: the number of pictures in the storyboard."""
    size = (plan.master.expect.width, plan.master.expect.height)
    width, height = sheet_size(plan.editing, size, tiles)
    stills = (Output(f"still-{n}.jpg", "still", "image/jpeg", picture(*size)) for n in range(1, len(edit.stills) + 1))
    return (
        Output("poster.jpg", "poster", "image/jpeg", picture(*size)),
        *stills,
        *thumbnail_outputs(size, plan.editing.thumbnail_widths),
        Output("storyboard.jpg", "storyboard", "image/jpeg", picture(width, height)),
        Output("storyboard.vtt", "storyboard", "text/vtt", Expectation(cues=tiles)),
        *(clip_output(plan, cut, n) for n, cut in enumerate(edit.cuts, 1)),
        *((reel_output(plan, edit.reel),) if edit.reel else ()),
    )


def reel_length(pieces: Sequence[Cut], plan: VideoPlan) -> Fraction:
    """Return the reel's seconds, in whole frames; two neighbouring pieces share a dissolve."""
    return joined_length(pieces, shared_by_two(plan.encoding.frame_rate))


def reel_output(plan: VideoPlan, pieces: Sequence[Cut]) -> Output:
    """Return the output for the reel of these pieces."""
    return Output(REEL, "reel", "video/mp4", film_of(plan, reel_length(pieces, plan)))


def clip_output(plan: VideoPlan, cut: Cut, number: int) -> Output:
    """Return the output for one clip. `number` counts from 1."""
    return Output(f"clip-{number}.mp4", "clip", "video/mp4", film_of(plan, cut.end - cut.start))


def film_of(plan: VideoPlan, length: Fraction) -> Expectation:
    """Return the expectation of a film cut from the master: whole frames, the same streams; `length` in seconds."""
    frames = round(length * plan.encoding.frame_rate)
    made = replace(plan.master.expect, frames=frames, duration=length)
    # The ends are encoded again, with a level of their own, and the loudness of a part differs from the whole.
    return replace(made, level=0, colour="", loudness=None, quieter=0.0, peak=None)


def tile_height(editing: Editing, size: tuple[int, int]) -> int:
    """Return the height in pixels of one storyboard tile, for pictures of `size`."""
    return round(editing.tile_width * size[1] / size[0])


def sheet_size(editing: Editing, size: tuple[int, int], tiles: int) -> tuple[int, int]:
    """Return the storyboard sheet's width and height in pixels; its last row may be partly empty."""
    columns = min(tiles, editing.storyboard_columns)
    rows = -(-tiles // columns)
    return columns * editing.tile_width, rows * tile_height(editing, size)


def spread(times: Sequence[Fraction], tiles: int) -> tuple[Fraction, ...]:
    """Return at most `tiles` of these times, evenly spread, with the first one among them."""
    count = min(tiles, len(times))
    return tuple(times[i * len(times) // count] for i in range(count))


def storyboard_vtt(times: Sequence[Fraction], duration: Fraction, editing: Editing, size: tuple[int, int]) -> str:
    """Return WebVTT whose cues point at the tiles by media fragment (`#xywh=`), which players use for previews."""
    width, height = editing.tile_width, tile_height(editing, size)
    cues = []
    for n, (start, end) in enumerate(zip(times, [*times[1:], duration], strict=True)):
        row, column = divmod(n, min(len(times), editing.storyboard_columns))
        place = f"{column * width},{row * height},{width},{height}"
        cues.append(f"{stamp(start)} --> {stamp(end)}\nstoryboard.jpg#xywh={place}\n")
    return "\n".join(["WEBVTT\n", *cues])


def edit_findings(plan: VideoPlan, edit: Edit, analysis: Analysis) -> Iterator[Finding]:
    """Yield a finding where there are fewer clips than the programme wants, with what keeps them out."""
    wanted, made, least = plan.editing.clips, len(edit.cuts), plan.editing.clip_min
    if plan.duration < least:
        yield Finding("no-clips", "info", f"{least} 秒", f"{float(plan.duration):.1f} 秒")
    elif not made:
        yield Finding("nothing-to-see", "warning", actual="、".join(faults_of(analysis)) or "没有可以剪开的地方")
    elif made < wanted and made == plan.duration // least:
        yield Finding("short-for-clips", "info", str(wanted), str(made))
    elif made < wanted:
        yield Finding("fewer-clips", "info", str(wanted), str(made))
