"""Process demo footage through the embedded queue with one worker (`footage demo`, `make demo`)."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from pipelines.scheduling.lanes import LANES
from pipelines.service import Service
from worker import supervisor
from worker.app import open_house
from worker.cli import show
from worker.cli.process import missing, unsubmitted
from worker.cli.queue import results_of, watch
from worker.demo import footage
from worker.settings import Settings, load
from worker.zygote import launched


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, readable=False))
def demo(files: tuple[Path, ...]) -> None:
    """演示：自带素材或你的文件，经队列处理到发布 / a short event through the queue."""
    settings = load()
    with tempfile.TemporaryDirectory(prefix="footage-demo-") as folder:
        house = open_house(settings)
        service = house.service
        paths = list(files) or _own(Path(folder), service)
        refused = [unsubmitted(path, "rejected", [why]) for path in paths if (why := missing(path))]
        with supervisor.running(_children(settings), house.sweeper):
            jobs = [service.submit(path, service.submission(path.name)) for path in paths if not missing(path)]
            results = refused + results_of(service, watch(service, jobs))
    show.table(results)
    sys.exit(0 if results and all(item["state"] == "published" for item in results) else 1)


def _children(settings: Settings) -> list[supervisor.Supervised]:
    """Return the children to start; none if `footage up` runs on this FOOTAGE_HOME and its workers do the work."""
    try:
        supervisor.lock(settings.folder)
    except BlockingIOError:
        return []
    return supervisor.children(settings, launched, [",".join(LANES)], None)


def _own(folder: Path, service: Service) -> list[Path]:
    """Make the demo footage, with a film in the size that the campaign requires, so that it is not enlarged."""
    show.err.print("正在生成演示素材……", end=" ")
    began = time.monotonic()
    campaign = service.campaign
    profile = campaign.video_profile(campaign.campaign.default_programme)
    paths = footage.make(folder, (profile.width, profile.height))
    show.err.print(f"{time.monotonic() - began:.0f} 秒")
    return paths
