"""Judge by ffmpeg's own words whether an original decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from pipelines.domain.errors import ToolFailed
from pipelines.domain.model import Finding, Refusal, Severity, VideoPlan
from pipelines.domain.refusals import refuse
from pipelines.domain.wording import since
from pipelines.sandbox.process import Ended
from pipelines.tools.ffmpeg.output import Damage, parse_decoded

_MOST_AT_THE_END = 3  # errors of a last picture and a last sound that are cut off
_TOO_MANY_ERRORS = 69  # ffmpeg's exit status once two thirds of a stream could not be decoded (-max_error_rate)


def undecodable(plan: VideoPlan, ended: Ended, damage: Damage, undecoded: Sequence[Fraction]) -> Refusal | None:
    """Return why nothing can be made of an original, or None. Raises ToolFailed for a failure that is ours.

    `undecoded`: the times, in seconds, of pictures that the decoder left out.
    """
    if damage.changes:
        # Broken data may look like another size or layout, and the next whole picture is as before: two changes. The
        # filters' clocks start anew at each, so that it is not known when that was.
        broken = _found(plan, ended, damage, undecoded) if damage.changes > 1 else None
        told = replace(broken, severity="reject", expected="") if broken else None
        return Refusal("refusal", told) if told else refuse("changes-midway")
    if ended.status == 0:
        return None
    decoded = parse_decoded(ended.stderr)
    picture = decoded.get(plan.video_stream)
    if picture and not picture.frames:
        return refuse("unreadable", "没有一帧能解码")
    if ended.status == _TOO_MANY_ERRORS:
        return refuse("damaged", str(sum(stream.errors for stream in decoded.values())))
    raise ToolFailed(f"ffmpeg: exit status {ended.status}: {ended.tail(1500)}")


def decode_errors(plan: VideoPlan, ended: Ended, damage: Damage, undecoded: Sequence[Fraction]) -> Finding | None:
    """Return a finding on data that did not decode, or None. Raises ToolFailed where ffmpeg gave no summary."""
    missing = [index for index in _streams(plan) if index not in parse_decoded(ended.stderr)]
    if missing:
        raise ToolFailed(f"ffmpeg gave no summary of streams {missing}: {ended.tail(1500)}")
    return _found(plan, ended, damage, undecoded)


def _found(plan: VideoPlan, ended: Ended, damage: Damage, undecoded: Sequence[Fraction]) -> Finding | None:
    """Return a finding on what the decoders report: in their summary alone, ffmpeg's exit status is 0 all the same."""
    decoded = parse_decoded(ended.stderr)
    errors = sum(decoded[index].errors for index in _streams(plan) if index in decoded)
    errors += damage.frames + len(undecoded)
    if not errors:
        return None
    seen = [*([damage.first] if damage.frames else []), *map(float, undecoded[:1])]
    is_end = plan.torn_end and errors <= _MOST_AT_THE_END
    severity: Severity = "warning" if plan.rescue or is_end else "reject"
    return Finding("damaged", severity, since(min(seen, default=None)), str(errors))


def _streams(plan: VideoPlan) -> list[int]:
    return [plan.video_stream, *([] if plan.audio_stream is None else [plan.audio_stream])]
