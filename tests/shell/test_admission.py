"""Two workers of one machine that has room for one film: real films, a real ledger, what either was promised."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.domain.errors import Busy, Full, NoSpace, Transient
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.lanes import NoWaker
from pipelines.service import Service
from tests.media import clips
from tests.shell.processes import at_rest
from worker.app import open_context
from worker.settings import Settings


def worker(home: Path, name: str, **more: Any) -> Service:
    """One of several workers of one box: each with a name of its own, as processes have."""
    return Service(context(home, name, **more), NoWaker())


def context(home: Path, name: str, **more: Any) -> WorkContext:
    opened = open_context(Settings(home=home, **{"reserve_bytes": 0, "retry_seconds": 0.1, **more}))
    return replace(opened, holder=name)


def take_and_be_stopped(service: Service) -> None:
    """A cancelled job's worker finds its lease gone."""
    with suppress(Busy):
        service.take(["video"])


def until(true: object) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_film_waits_where_one_has_the_cores_and_a_photo_does_not(tmp_path, small):
    first, second = (worker(tmp_path / "home", name, cores=1, campaign=str(small)) for name in ("first", "second"))
    film = clips.repeated(tmp_path / "film.mp4", clips.Clip(seconds=4, width=320, height=180), 10)
    other = clips.make(tmp_path / "other.mp4", clips.Clip(seconds=1, width=320, height=180))
    photo = Path(clips.make(tmp_path / "photo.jpg", clips.Clip(seconds=1, rate="1", sound=False, encoder=())))
    jobs = [first.submit(path, first.submission(path.name)).id for path in (film, other, photo)]
    running = threading.Thread(target=take_and_be_stopped, args=(first,))
    running.start()
    until(lambda: first.status(jobs[0]).stage == "render")

    with at_rest(os.getpid()):  # or it might end before the others have asked
        with pytest.raises(Full):
            second.take(["video"])
        waiting = second.status(jobs[1])
        shown = second.take(["photo"])
        rendering = second.status(jobs[0])
    first.cancel(jobs[0])
    running.join()
    until(lambda: second.status(jobs[1]).due <= time.time())
    done = second.take(["video"])

    assert (waiting.state, waiting.code, waiting.attempts) == ("queued", "machine-full", 0)
    assert waiting.queued <= waiting.started <= waiting.due
    assert waiting.needs["cores"] == 1
    assert (rendering.state, rendering.stage) == ("running", "render")
    assert (shown.id, shown.state) == (jobs[2], "published")
    assert (done.id, done.state, done.attempts) == (jobs[1], "published", 1)


def test_a_job_for_which_the_disk_is_too_small_waits_without_an_attempt_and_goes_on_when_there_is_room(tmp_path, small):
    full = worker(tmp_path / "home", "worker", reserve_bytes=1 << 60, campaign=str(small))
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=1, width=320, height=180))
    job = full.submit(film, full.submission(film.name)).id

    with pytest.raises(NoSpace):
        full.take(["video"])
    waiting = full.status(job)
    context(tmp_path / "home", "later").ledger.move(job, ["queued"], state="queued")  # thirty seconds later
    done = worker(tmp_path / "home", "worker", campaign=str(small)).take(["video"])

    assert (waiting.state, waiting.code, waiting.attempts) == ("queued", "no-space", 0)
    assert 15 < waiting.due - waiting.started < 35
    assert (done.id, done.state) == (job, "published")
    assert not list((tmp_path / "home" / "scratch").iterdir())


def test_a_failure_that_may_pass_is_tried_five_times_and_then_told(tmp_path, small):
    service = worker(tmp_path / "home", "worker", retry_seconds=0.001, campaign=str(small))
    film = clips.make(tmp_path / "film.mp4", clips.Clip(seconds=1, width=320, height=180))
    job = service.submit(film, service.submission(film.name)).id
    (tmp_path / "home" / "store" / "originals").rename(tmp_path / "home" / "store" / "moved")
    (tmp_path / "home" / "store" / "originals").write_bytes(b"")  # a store that answers nonsense

    for _ in range(4):
        with pytest.raises(Transient):
            service.take(["video"])
        until(lambda: service.status(job).due <= time.time())
    last = service.take(["video"])
    (tmp_path / "home" / "store" / "originals").unlink()
    (tmp_path / "home" / "store" / "moved").rename(tmp_path / "home" / "store" / "originals")
    again = service.retry(job)
    done = service.take(["video"])

    assert (last.state, last.code, last.attempts) == ("failed", "outage", 5)
    assert (again.state, again.attempts) == ("queued", 0)
    assert done.state == "published"
    assert [ending.state for ending in context(tmp_path / "home", "reader").ledger.outbox.of(job)] == [
        "failed",
        "published",
    ]
