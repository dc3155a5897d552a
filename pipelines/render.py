"""Plan → files in a scratch folder. The original is decoded once; everything else is made from the master."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from pipelines import sandbox, video
from pipelines.edit_planning import ANALYSIS, edit_findings, edit_outputs
from pipelines.errors import ToolFailed
from pipelines.model import Analysis, Cut, Finding, Output, PhotoPlan, Plan, Refusal, VideoPlan
from pipelines.probing import refuse
from pipelines.process import Alive, Consumer, Ended, Limits, Scratch, run
from pipelines.progress import Damage, ProgressReader, Report, parse_decoded, parse_loudness
from pipelines.replies import EDITED, REFUSAL

_ANALYSIS: TypeAdapter[Analysis] = TypeAdapter(Analysis)
_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_ENCODER = Limits(wall=24 * 3600, stall=120)
_TOO_MANY_ERRORS = 69  # ffmpeg's exit status once two thirds of a stream could not be decoded (-max_error_rate)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was made, not yet verified; the files lie in the scratch folder under the outputs' names."""

    outputs: tuple[Output, ...]
    cuts: tuple[Cut, ...] = ()
    findings: tuple[Finding, ...] = ()


def render(plan: Plan, original: Path, scratch: Scratch, report: Report, alive: Alive) -> Rendered | Refusal:
    """Carry the plan out in `scratch`. A file that breaks while it is decoded is a Refusal; other failures raise."""
    if isinstance(plan, PhotoPlan):
        return _photo(plan, original, scratch, alive)
    return _encode(plan, original, scratch, report, alive) or _edit(plan, scratch, report, alive)


def _photo(plan: PhotoPlan, original: Path, scratch: Scratch, alive: Alive) -> Rendered | Refusal:
    with original.open("rb") as file:
        request = {"plan": _PLAN.dump_python(plan, mode="json"), "descriptor": file.fileno()}
        refusal = sandbox.call("still", request, REFUSAL, scratch=scratch, inherit=[file.fileno()], alive=alive)
    return refusal or Rendered(plan.outputs)


def _encode(plan: VideoPlan, original: Path, scratch: Scratch, report: Report, alive: Alive) -> Refusal | None:
    # OpenCV and the detectors take a second to import: a photo, a status or a submission need neither.
    from pipelines.analysis import FrameAnalyser

    frames, loudness = FrameAnalyser(plan.sampling), bytearray()
    progress = ProgressReader("render", plan.duration, report)
    damage = Damage(progress)
    with original.open("rb") as source:
        (loud_out, loud_in), (moved_out, moved_in) = _pipe(), _pipe()
        command = video.arguments(plan, source.fileno(), loud_in, moved_in)
        with sandbox.confined(command, scratch, _ENCODER) as (argv, descriptors):
            ended = run(
                argv,
                scratch=scratch,
                limits=_ENCODER,
                stdout=frames,
                pipes={loud_in: (loud_out, _collect(loudness)), moved_in: (moved_out, progress)},
                inherit=[source.fileno(), *descriptors],
                stderr=damage,
                alive=alive,
            )
    if ended.status != 0:
        return _failure(plan, ended)
    analysis = frames.analysis(parse_loudness(loudness.decode()), plan.duration)
    (scratch / ANALYSIS).write_bytes(_ANALYSIS.dump_json(analysis))
    return _damage(plan, ended.stderr, damage)


def _pipe() -> tuple[IO[bytes], int]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb", buffering=0), writing


def _collect(into: bytearray) -> Consumer:
    def consume(data: bytes) -> bool:
        into.extend(data)
        return False

    return consume


def _failure(plan: VideoPlan, ended: Ended) -> Refusal:
    """A file of which nothing, or too little, decodes is refused; any other failure is ours and raises ToolFailed."""
    decoded = parse_decoded(ended.stderr)
    picture = decoded.get(plan.video_stream)
    if picture and not picture.frames:
        return refuse("unreadable", "没有一帧能解码")
    if ended.status == _TOO_MANY_ERRORS:
        return refuse("damaged", str(sum(stream.errors for stream in decoded.values())))
    raise ToolFailed(f"ffmpeg: exit status {ended.status}: {ended.stderr[-1500:]}")


def _damage(plan: VideoPlan, stderr: str, damage: Damage) -> Refusal | None:
    """A decoder that met broken data says so only in its summary; its exit status is 0 all the same."""
    decoded = parse_decoded(stderr)
    streams = [plan.video_stream, *([] if plan.audio_stream is None else [plan.audio_stream])]
    missing = [index for index in streams if index not in decoded]
    if missing:
        raise ToolFailed(f"ffmpeg gave no summary of streams {missing}: {stderr[-1500:]}")
    errors = sum(decoded[index].errors for index in streams) + damage.frames
    return refuse("damaged", str(errors)) if errors else None


def _edit(plan: VideoPlan, scratch: Scratch, report: Report, alive: Alive) -> Rendered:
    report("edit", 0.0, 0.0)
    request = {"plan": _PLAN.dump_python(plan, mode="json")}
    edited = sandbox.call("edit", request, EDITED, scratch=scratch, alive=alive, limits=Limits(stall=1800))
    edit = edited.edit
    outputs = (plan.master, *edit_outputs(plan, edit, edited.keyframes))
    return Rendered(outputs, edit.cuts, tuple(edit_findings(plan, edit)))
