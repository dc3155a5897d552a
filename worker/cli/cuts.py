"""Show the cuts of a film and their reasons, or export them for editing software (`footage cuts`)."""

from __future__ import annotations

from collections.abc import Sequence

import click
from pydantic import TypeAdapter

from pipelines.domain.errors import WrongUse
from pipelines.domain.model import Cut
from pipelines.service import stamp
from worker.cli import show
from worker.cli.looking import open_existing, whole_id
from worker.cli.options import as_json

_CUTS: TypeAdapter[tuple[Cut, ...]] = TypeAdapter(tuple[Cut, ...])
_WHY_NONE = {"no-clips", "nothing-to-see"}


@click.command()
@click.argument("job")
@click.option("--reel", is_flag=True, help="集锦的各段，而不是精彩片段")
@click.option("--edl", "form", flag_value="edl", help="EDL（CMX 3600），电视台剪辑软件可读")
@click.option("--otio", "form", flag_value="otio", help="OpenTimelineIO")
@as_json
def cuts(job: str, reel: bool, form: str | None, as_json: bool) -> None:
    """显示或导出精彩片段的入出点和理由 / what was cut, why; for an editor."""
    if form and as_json:
        raise WrongUse("--json with --edl or --otio", text="--json 不能与 --edl、--otio 同用。")
    service = open_existing()
    job = whole_id(service, job)
    if form in {"edl", "otio"}:
        click.echo(service.editor.timeline(job, reel=reel, form="edl" if form == "edl" else "otio"), nl=False)
        return
    listed = service.editor.cuts(job, reel=reel)
    if as_json:
        show.emit({"job": job, "recipe": service.status(job).recipe, "cuts": _CUTS.dump_python(listed, mode="json")})
    elif listed:
        _print(listed)
    else:
        show.out.print("这个任务没有集锦。" if reel else "这个任务没有精彩片段。")
        for finding in service.status(job).findings:
            if finding.code in _WHY_NONE:
                show.out.print(f"  {finding.text}", markup=False)


def _print(listed: Sequence[Cut]) -> None:
    grid = show.columns("段", "入点", "出点", "秒", "理由")
    for number, cut in enumerate(listed, 1):
        length = f"{float(cut.end - cut.start):.1f}"
        grid.add_row(str(number), stamp(cut.start), stamp(cut.end), length, show.cell("；".join(cut.reasons)))
    show.out.print(grid)
