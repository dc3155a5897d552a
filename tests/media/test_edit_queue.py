"""An edit that a page asks for is made upon what its maker saw, or given up with a reason; never lost, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pipelines.domain.errors import EditedMeanwhile
from pipelines.jobs.edit_queue import EditQueue
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.lanes import NoWaker
from pipelines.service import EditRequest
from storage.records import Job, WantedEdit
from tests.media import clips
from worker.app import open_context
from worker.settings import Settings


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, small: Path) -> WorkContext:
    return open_context(Settings(home=tmp_path_factory.mktemp("edits") / "home", campaign=str(small), reserve_bytes=0))


@pytest.fixture(scope="module")
def queue(context: WorkContext) -> EditQueue:
    return EditQueue(context, NoWaker())


@pytest.fixture(scope="module")
def film(context: WorkContext, tmp_path_factory: pytest.TempPathFactory) -> Job:
    from pipelines.service import Service

    service = Service(context, NoWaker())
    path = clips.make(tmp_path_factory.mktemp("film") / "film.mp4", clips.Clip(seconds=4, rate="25"))
    job = service.run(service.submit(path, service.submission("film.mp4")).id)
    assert job.state == "published"
    return job


@pytest.fixture(autouse=True)
def clean(context: WorkContext, film: Job) -> Iterator[None]:
    yield
    if left := context.ledger.wanted_edits.of(film.id):
        context.ledger.wanted_edits.done(left)


def cut(*stretches: tuple[int, int]) -> EditRequest:
    return EditRequest(cuts=tuple((Fraction(start), Fraction(end)) for start, end in stretches), editor="李编辑")


def ask(queue: EditQueue, film: Job, request: EditRequest) -> WantedEdit:
    return queue.ask(film.id, request, "li", "李编辑", queue.version(film.id))


def made(queue: EditQueue) -> Job | None:
    return queue.take(["urgent"], lambda *_: None)


def starts(queue: EditQueue, film: Job) -> list[Fraction]:
    from pipelines.jobs.editor import Editor

    return [chosen.start for chosen in Editor(queue.context).cuts(film.id, reel=False)]


def test_what_was_asked_for_is_made_and_the_queue_is_empty(queue, film):
    ask(queue, film, cut((1, 2)))

    assert queue.take(["video"], lambda *_: None) is None  # a lane of its own
    assert made(queue)
    assert starts(queue, film) == [1]
    assert queue.of(film.id) is None
    assert made(queue) is None


def test_a_version_that_is_not_the_newest_is_refused(queue, film):
    seen = queue.version(film.id)
    ask(queue, film, cut((2, 3)))

    with pytest.raises(EditedMeanwhile) as refused:
        queue.ask(film.id, cut((2, 4)), "wang", "王编辑", seen)

    assert "李编辑" in refused.value.text


def test_an_edit_that_another_one_came_before_is_given_up_and_says_so(queue, film, context):
    from pipelines.jobs.editor import Editor

    ask(queue, film, cut((2, 3)))
    Editor(context).edit(film.id, cut((3, 4)))

    made(queue)

    wanted = queue.of(film.id)
    assert wanted
    assert "改过" in wanted.failure
    assert starts(queue, film) == [3]
    assert ask(queue, film, cut((0, 1)))  # a page that is loaded now may save at once


def test_an_edit_whose_worker_died_after_making_it_is_not_made_again(queue, film, context):
    from pipelines.jobs.editor import Editor

    ask(queue, film, cut((0, 1)))
    Editor(context).edit(film.id, cut((0, 1)))
    manifest = context.ledger.edits.of([film.id])[film.id].manifest

    made(queue)

    assert queue.of(film.id) is None
    assert context.ledger.edits.of([film.id])[film.id].manifest == manifest


def test_an_edit_that_kills_its_worker_again_and_again_is_given_up(queue, film, context):
    wanted = ask(queue, film, cut((1, 3)))
    for _ in range(3):
        context.ledger.wanted_edits.begin(wanted)  # and nothing more was heard of it

    made(queue)

    given_up = queue.of(film.id)
    assert given_up
    assert "几次中断" in given_up.failure


def test_an_edit_waits_while_its_film_is_made_anew(queue, film, context):
    ask(queue, film, cut((1, 4)))
    context.ledger.move(film.id, ["published"], state="queued")

    assert made(queue) is None

    context.ledger.move(film.id, ["queued"], state="published")
    waiting = queue.of(film.id)
    assert waiting
    assert (waiting.failure, waiting.tries) == ("", 0)
    assert context.ledger.wanted_edits.due() == []
