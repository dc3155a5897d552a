"""Measure how like another film a film is, by VMAF (v0.6.1)."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.sandbox.children import confined
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import run
from pipelines.tools.ffmpeg import binary

_REPORT = "vmaf.json"
_EVERY = 5  # frames
# Tags that differ would have one side converted before it is compared.
_SAME = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,setpts=PTS-STARTPTS"


def vmaf(made: Path, reference: Path, scratch: Scratch, limits: Limits) -> float:
    """Return the mean VMAF of every fifth frame of a film against another of the same size. Raises ToolFailed."""
    measured = f"libvmaf=log_fmt=json:log_path={_REPORT}:n_threads=2:n_subsample={_EVERY}:shortest=1"
    graph = f"[0:v]{_SAME}[made];[1:v]{_SAME}[reference];[made][reference]{measured}"
    with made.open("rb") as first, reference.open("rb") as second:
        ends = [first.fileno(), second.fileno()]
        inputs = [word for end in ends for word in ("-fd", str(end), "-i", "fd:")]
        argv = [binary.executable(), "-v", "error", "-nostdin", *inputs, "-lavfi", graph, "-f", "null", "-"]
        with confined(argv, scratch, limits) as (command, descriptors):
            ended = run(command, scratch=scratch, limits=limits, inherit=[*ends, *descriptors])
    path = scratch / _REPORT
    if ended.status or not path.is_file():
        raise ToolFailed(f"vmaf: exit status {ended.status}: {ended.tail(500)}")
    return float(json.loads(path.read_text())["pooled_metrics"]["vmaf"]["mean"])
