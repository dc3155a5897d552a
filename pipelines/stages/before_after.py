"""Make a sheet of two published pictures of one place, side by side, and a film that wipes from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from pipelines.domain.keys import output_key
from pipelines.domain.model import Finding
from pipelines.domain.planning.before_after import PAIR, Pair, PairedPicture, Sheet, pair_outputs
from pipelines.domain.reporting import Report
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import SHEET
from pipelines.sandbox.process import Alive
from pipelines.stages.promised import Promised
from pipelines.tools.captions.fonts import font_file
from pipelines.tools.ffmpeg import channel_graphs
from pipelines.tools.ffmpeg.output import ProgressReader
from pipelines.tools.ffmpeg.piped import encode

_LIMITS = Limits(wall=1800, stall=300, folder=1 << 50)

Fetch = Callable[[str, Path], object]  # a key of the store, and the path to write to


def make_pair(pair: Pair, fetch: Fetch, scratch: Scratch, report: Report, alive: Alive) -> Promised:
    """Write the sheet and the wipe film into the scratch folder; return both outputs, unverified. Raises ToolFailed."""
    report("fetch", 0.0, 0.0)
    paths = [_fetched(picture, side, fetch, scratch) for picture, side in _sides(pair)]
    report("edit", 0.0, 0.0)
    sheet = _sheet(pair, paths, scratch, alive)
    _wipe(pair, scratch, report, alive)
    return Promised(pair_outputs(pair, sheet), () if sheet.aligned else (Finding("not-aligned", "info", output=PAIR),))


def _sides(pair: Pair) -> Iterator[tuple[PairedPicture, str]]:
    yield pair.before, "before"
    yield pair.after, "after"


def _fetched(picture: PairedPicture, side: str, fetch: Fetch, scratch: Scratch) -> Path:
    path = scratch / f"{side}.jpg"
    fetch(output_key(picture.original, picture.recipe, picture.name), path)
    return path


def _sheet(pair: Pair, paths: list[Path], scratch: Scratch, alive: Alive) -> Sheet:
    with ExitStack() as files:
        font, before, after = (files.enter_context(path.open("rb")).fileno() for path in (font_file(), *paths))
        request = {
            "font": font,
            "before": before,
            "after": after,
            "labels": [pair.before.label, pair.after.label],
            "frame": [pair.width, pair.height],
            "least": pair.least,
            "most": pair.most,
            "quality": pair.quality,
        }
        inherit = [font, before, after]
        return children.call("pair", request, SHEET, scratch=scratch, inherit=inherit, limits=_LIMITS, alive=alive)


def _wipe(pair: Pair, scratch: Scratch, report: Report, alive: Alive) -> None:
    progress = ProgressReader("edit", pair.seconds, report)
    encode(partial(channel_graphs.wipe_arguments, pair), progress, scratch=scratch, limits=_LIMITS, alive=alive)
