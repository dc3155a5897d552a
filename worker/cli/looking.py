"""Open the service of an installation that is there, and find its jobs by the beginning of their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.domain.errors import UnknownJob
from pipelines.service import Service
from worker.app import open_house, open_service
from worker.cli import show
from worker.homes import existing
from worker.settings import load


def open_existing(*, queueing: bool = False) -> Service:
    """Return the service of the data folder that is there, and say which where it is not the usual one.

    `queueing`: jobs that the service queues wake its workers. Raises WrongUse where there is no folder.
    """
    named = load()
    settings = existing(named)
    if settings.folder != named.folder:
        show.err.print(f"使用正在运行的数据目录 {settings.folder}", markup=False, soft_wrap=True)
    return open_house(settings).service if queueing else open_service(settings)


@contextmanager
def open_anywhere() -> Iterator[Service]:
    """Open the service for a preview, which leaves nothing behind: no data folder is made where there is none."""
    settings = load()
    with ExitStack() as stack:
        if not settings.folder.is_dir():
            made = stack.enter_context(TemporaryDirectory(prefix="footage-"))
            settings = settings.model_copy(update={"home": Path(made)})
        service = open_service(settings)
        stack.callback(service.close)
        yield service


def whole_ids(service: Service, ids: Iterable[str]) -> list[str]:
    """Return the ids of the jobs that begin with these; one that is unknown stays as it is, for its own message."""
    return [*map(partial(whole_id, service), ids)]


def whole_id(service: Service, begun: str) -> str:
    """Return the id of the only job that begins with `begun`. Raises WrongUse where there are several."""
    try:
        return service.whole_id(begun)
    except UnknownJob:
        return begun
