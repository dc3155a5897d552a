"""Carry out a plan in a scratch folder: decode the original once, and make everything else from the master."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from pipelines.domain.acceptance.heard import heard_findings
from pipelines.domain.errors import OutOfTime
from pipelines.domain.model import (
    Analysis,
    Cut,
    DecoderOutput,
    Edit,
    Finding,
    Output,
    PhotoPlan,
    PhotoQuality,
    Plan,
    Refusal,
    VideoPlan,
)
from pipelines.domain.planning.edit import ANALYSIS_JSON, edit_findings, edit_outputs
from pipelines.domain.planning.encoders import is_hardware
from pipelines.domain.refusals import refuse
from pipelines.domain.reporting import Report
from pipelines.domain.selection.ranking import index_at
from pipelines.domain.selection.stills import is_portrait
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import ANALYSIS, EDIT, FILM, PHOTO, PHOTO_QUALITY
from pipelines.sandbox.process import Alive
from pipelines.stages.decoding import decode_errors, undecodable
from pipelines.tools.ffmpeg import graphs
from pipelines.tools.ffmpeg.output import parse_decoded
from pipelines.tools.ffmpeg.piped import run_piped

_ENCODER = Limits(wall=24 * 3600, stall=120)
_CPU_BASE, _CPU_PER_SECOND = 1800, 60  # seconds; a slow preset at 60 frames/s takes ten times the film's length


@dataclass(frozen=True, slots=True)
class Rendered:
    """The outputs that were made, not yet verified; their files are in the scratch folder under the outputs' names.

    `hashes`: of the master's streams, as the encoder gave them out. `quality`: a photo's. `read_back`: names
    of outputs that were already decoded from the disk to their last byte. `decoded`: the result of a film's one decode.
    `stills`: times in seconds of the master. `kept`: names of outputs that are an earlier publication's, bytes and all.
    """

    outputs: tuple[Output, ...]
    cuts: tuple[Cut, ...] = ()
    reel: tuple[Cut, ...] = ()
    findings: tuple[Finding, ...] = ()
    hashes: tuple[str, ...] = ()
    quality: PhotoQuality | None = None
    read_back: tuple[str, ...] = ()
    decoded: DecoderOutput | None = None
    stills: tuple[Fraction, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """The result of encoding: the master and a storyboard of `tiles` pictures are there; findings and analysis."""

    findings: tuple[Finding, ...]
    hashes: tuple[str, ...]
    tiles: int
    analysis: Analysis
    decoded: DecoderOutput


def render(plan: Plan, original: Path, scratch: Scratch, report: Report, alive: Alive) -> Rendered | Refusal:
    """Carry out the plan in `scratch`. Return a Refusal for a file that breaks in decoding; other failures raise."""
    if isinstance(plan, PhotoPlan):
        return _photo(plan, original, scratch, alive)
    encoded = encode(plan, original, scratch, report, alive)
    return encoded if isinstance(encoded, Refusal) else _edit(plan, encoded, scratch, report, alive)


def _photo(plan: PhotoPlan, original: Path, scratch: Scratch, alive: Alive) -> Rendered | Refusal:
    with original.open("rb") as file:
        request = {"plan": PHOTO.dump_python(plan, mode="json"), "descriptor": file.fileno()}
        limits = Limits(cpu=plan.seconds)
        try:
            quality = children.call(
                "still", request, PHOTO_QUALITY, scratch=scratch, inherit=[file.fileno()], limits=limits, alive=alive
            )
        except OutOfTime:
            return refuse("too-slow", f"{plan.seconds} 秒")
    if isinstance(quality, Refusal):
        return quality
    return Rendered(plan.outputs, quality=quality, read_back=(plan.outputs[0].name,))


def encode(plan: VideoPlan, original: Path, scratch: Scratch, report: Report, alive: Alive) -> Encoded | Refusal:
    """Make the master, and analyse it on the way. Return a Refusal for a film that breaks in decoding."""
    # OpenCV and the detectors take a second to import; a photo, a status or a submission needs neither.
    from pipelines.tools.video import storyboard
    from pipelines.tools.video.listening import Listeners

    listeners = Listeners.of(plan, report)
    with original.open("rb") as source:
        ended = run_piped(
            lambda ends: graphs.arguments(plan, source.fileno(), graphs.Ends(*ends)),
            listeners.piped,
            scratch=scratch,
            limits=_limits(plan, original),
            inherit=[source.fileno()],
            stdout=listeners.frames,
            stderr=listeners.damage,
            alive=alive,
            devices=is_hardware(plan.encoding.encoder),
        )
    if failed := undecodable(plan, ended, listeners.damage, listeners.tiny.undecoded):
        return failed
    analysis = listeners.analysis(plan.duration)
    (scratch / ANALYSIS_JSON).write_bytes(ANALYSIS.dump_json(analysis))
    broken = decode_errors(plan, ended, listeners.damage, listeners.tiny.undecoded)
    if broken and broken.severity == "reject":
        return Refusal("refusal", broken)
    shown = listeners.tiles.shown(plan.duration)
    storyboard.write(shown, plan, scratch.path)
    decoded = DecoderOutput(parse_decoded(ended.stderr)[plan.video_stream].frames, listeners.tiny.seconds)
    return Encoded((broken,) if broken else (), listeners.stream_hashes, len(shown), analysis, decoded)


def _limits(plan: VideoPlan, original: Path) -> Limits:
    """Return the encoder's limits: one file as large as was planned; all files twice that, beside the original."""
    cpu = _CPU_BASE + ceil(plan.duration * _CPU_PER_SECOND)
    return replace(_ENCODER, file_size=plan.scratch, folder=original.stat().st_size + 2 * plan.scratch, cpu=cpu)


def edit_limits(plan: VideoPlan) -> Limits:
    """Return the limits of a child that cuts and takes stills."""
    return Limits(stall=1800, cpu=_CPU_BASE, file_size=plan.scratch, folder=1 << 50, wall=6 * 3600)


def _edit(plan: VideoPlan, encoded: Encoded, scratch: Scratch, report: Report, alive: Alive) -> Rendered:
    report("edit", 0.0, 0.0)
    request = {"plan": FILM.dump_python(plan, mode="json"), "cut": True}
    edit = children.call("edit", request, EDIT, scratch=scratch, alive=alive, limits=edit_limits(plan))
    edit = with_open_eyes(plan, encoded.analysis, edit, scratch, alive)
    outputs = (plan.master, *edit_outputs(plan, edit, encoded.tiles))
    findings = (*encoded.findings, *edit_findings(plan, edit, encoded.analysis), *heard(plan, encoded.analysis))
    return Rendered(
        outputs, edit.cuts, edit.reel, findings, encoded.hashes, decoded=encoded.decoded, stills=edit.stills
    )


def with_open_eyes(plan: VideoPlan, analysis: Analysis, edit: Edit, scratch: Scratch, alive: Alive) -> Edit:
    """Take other stills for portraits whose eyes are shut, and return the edit with their times."""
    faces = _with_faces(analysis, edit)
    if not faces:
        return edit
    request = {"plan": FILM.dump_python(plan, mode="json"), "edit": EDIT.dump_python(edit, mode="json")}
    request |= {"stills": faces}
    return children.call("eyes", request, EDIT, scratch=scratch, alive=alive, limits=edit_limits(plan))


def heard(plan: VideoPlan, analysis: Analysis) -> Iterator[Finding]:
    """Yield the findings on a film's sound, where it has one."""
    return heard_findings(analysis) if plan.audio_stream is not None else iter(())


def _with_faces(analysis: Analysis, edit: Edit) -> list[int]:
    """Return the numbers, from 1, of the stills that are portraits, whose eyes may be shut."""
    samples = (analysis.samples[index_at(analysis, time)] for time in edit.stills)
    return [number for number, sample in enumerate(samples, 1) if is_portrait(sample)]
