"""Every ending reaches the portal, signed, in order, at least once, and nobody else."""

from __future__ import annotations

import re
import signal
import threading
import time
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import leased
from storage.base import Unavailable
from storage.database import Database
from storage.lease_names import WEBHOOK_SENDER
from storage.ledger import Ledger
from storage.records import OutboxEntry, RecordedFinding
from storage.schema import endings
from tests.running import Footage
from tests.servers import portal as portals
from tests.servers.portal import SECRET, Portal, running_portal
from tests.shell.sending import at_work, courier, ended, go_round, settled, until
from tests.up import running_machine
from worker import supervisor
from worker.app import open_context
from worker.settings import Settings
from worker.webhook_sender import open_webhook_sender


def test_an_ending_is_told_once_with_a_good_signature(context, portal, logged):
    finding = RecordedFinding("empty", "reject", expected="1", actual="0", text="文件是空的")
    job = ended(context, "rejected", code="empty", findings=[finding])

    with at_work(courier(context, portal)):
        ending = settled(context, job)
    go_round(courier(context, portal), 3)

    (told,) = portal.told
    assert told.is_signed
    assert (told.id, told.path) == (ending.id, "/hooks/footage?from=here")
    assert (told.headers["content-type"], told.headers["host"]) == ("application/json", f"127.0.0.1:{portal.port}")
    kept = {"code": "empty", "severity": "reject", "text": "文件是空的"}
    data = {"job": job.id, "state": "rejected", "code": "empty", "findings": [kept]}
    assert (told.said["type"], told.said["data"]) == ("submission.rejected", data)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.said["timestamp"])
    assert (ending.tries, ending.told is not None) == (1, True)
    assert [(line["event"], line["job"], line["status"]) for line in logged] == [("told", job.id, 200)]


def test_what_was_missed_is_told_again_after_its_delays(context, portal, logged):
    portal.answers = [500, 503]
    job = ended(context)

    with at_work(courier(context, portal, delays=(0.3, 0.9))):
        ending = settled(context, job)

    first, second, third = portal.told
    assert {told.id for told in portal.told} == {ending.id}
    assert all(told.is_signed for told in portal.told)
    assert 0.3 <= second.at - first.at < 0.9 <= third.at - second.at
    assert (ending.tries, ending.told is not None) == (3, True)
    assert [(line["status"], line["tries"]) for line in logged] == [(500, 1), (503, 2), (200, 3)]


def test_the_longest_delay_repeats_until_the_day_is_over(context, portal, logged):
    job = ended(context)
    portal.answers_of = {job.id: 500}

    with at_work(courier(context, portal, delays=(0.1, 0.2), longest=0.8)):
        ending = settled(context, job)

    assert ending.told is None
    assert 3 <= len(portal.told) == ending.tries <= 5
    assert (logged[-1]["log_level"], logged[-1]["event"]) == ("error", "given up, the portal was not told")


def test_the_real_delays_end_after_a_day(context, portal):
    job = ended(context)
    portal.answers_of = {job.id: 500}
    sender, seen = courier(context, portal), [0.0]
    while (ending := context.ledger.outbox.of(job.id)[-1]).due is not None:
        seen.append(ending.due - ending.at)
        make_older(context, ending, ending.due - time.time() + 0.01)
        go_round(sender, 1)

    waits = [round(after - before) for before, after in pairwise(seen)][1:]
    assert waits[:7] == [5, 30, 120, 600, 1800, 3600, 3600]
    assert 23 * 3600 < seen[-1] <= 24 * 3600
    assert ending.tries == len(portal.told) == len(seen) - 1


def make_older(context: WorkContext, ending: OutboxEntry, seconds: float) -> None:
    """As if it had come so much earlier, and so is due so much earlier."""
    database = Database(f"sqlite:///{context.scratch.parent}/ledger.sqlite")
    with database.begin() as connection:
        past = {"at": endings.c.at - seconds, "due": endings.c.due - seconds}
        connection.execute(update(endings).where(endings.c.id == ending.id).values(**past))
    database.engine.dispose()


def test_a_portal_that_wants_no_more_is_not_asked_again(context, portal, logged):
    portal.answers = [410]
    job = ended(context)

    with at_work(courier(context, portal, delays=(0.05,))):
        ending = settled(context, job)
    go_round(courier(context, portal), 3)

    assert (len(portal.told), ending.tries, ending.told) == (1, 1, None)
    assert logged[-1]["log_level"] == "error"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_miss_and_is_not_followed(context, portal, status):
    with running_portal() as elsewhere:
        portal.answers, portal.location = [status], elsewhere.url
        job = ended(context)
        with at_work(courier(context, portal, delays=(0.05,))):
            ending = settled(context, job)

        assert (len(portal.told), ending.tries) == (2, 2)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("answer", [portals.HANG, portals.TRICKLE])
def test_a_portal_that_never_finishes_keeps_the_others_waiting_for_its_time_out_only(context, portal, logged, answer):
    slow, quick = ended(context), ended(context)
    portal.answers_of = {slow.id: answer}
    began = time.monotonic()

    with at_work(courier(context, portal, seconds=1.0, delays=(60.0,))):
        settled(context, quick)

    assert 1.0 <= time.monotonic() - began < 4
    (missed,) = context.ledger.outbox.of(slow.id)
    assert (missed.tries, missed.told) == (1, None)
    assert [line["code"] for line in logged if "code" in line] == ["portal-away"]


def test_an_answer_without_an_end_is_an_answer_and_is_not_read_to_it(context, portal):
    job, began = ended(context), time.monotonic()
    portal.answers = [portals.ENDLESS]
    with at_work(courier(context, portal, seconds=20.0)):
        ending = settled(context, job)

    assert (ending.told is not None, ending.tries) == (True, 1)
    assert time.monotonic() - began < 5


def test_what_is_new_does_not_wait_behind_many_that_hang(context, portal):
    slow = [ended(context) for _ in range(8)]
    portal.answers_of = {job.id: portals.HANG for job in slow}
    with at_work(courier(context, portal, seconds=0.6, delays=(0.1,))):
        portal.wait(9)
        quick, began = ended(context), time.monotonic()
        settled(context, quick)

    assert time.monotonic() - began < 3


def test_it_stops_at_once_and_an_ending_cut_short_is_no_miss(context, portal):
    job = ended(context)
    portal.answers_of = {job.id: portals.HANG}
    with at_work(courier(context, portal, seconds=30.0)) as over:
        portal.wait(1)
        began = time.monotonic()
        over.set()

    assert time.monotonic() - began < 2
    (ending,) = context.ledger.outbox.of(job.id)
    assert (ending.tries, ending.told) == (0, None)


def test_the_endings_of_a_job_are_told_in_their_order(context, portal):
    job = ended(context, "failed", code="tool-failed", findings=[RecordedFinding("x", "reject", text="旧")])
    portal.answers = [500, 500]
    with at_work(courier(context, portal, delays=(0.5,))):
        portal.wait(1)
        context.ledger.move(job.id, ["failed"], state="queued", findings=[], code="")
        context.ledger.move(job.id, ["queued"], state="published")
        settled(context, job)

    states = [told.said["data"]["state"] for told in portal.told]
    assert states == ["failed", "failed", "failed", "published"]
    assert len({told.id for told in portal.told}) == 2
    assert [len(told.said["data"]["findings"]) for told in portal.told] == [1, 0, 0, 0]


def test_of_two_couriers_one_works(context, portal, logged):
    job, over = ended(context), threading.Event()
    with leased(context.ledger.leases, WEBHOOK_SENDER, "another machine"):
        thread = threading.Thread(target=supervisor.tell_until, args=(over, courier(context, portal)))
        thread.start()
        while "another is at work" not in [line["event"] for line in logged]:
            time.sleep(0.02)
        assert portal.told == []
    settled(context, job)
    over.set()
    thread.join()

    assert len(portal.told) == 1


class Away:
    """A ledger that fails at the first look."""

    def __init__(self, ledger: Ledger, error: Exception) -> None:
        self._ledger, self._error, self.looks = ledger, error, 0

    def __getattr__(self, name: str) -> Any:
        return self if name == "outbox" and not self.looks else getattr(self._ledger, name)

    def due(self, limit: int) -> list[OutboxEntry]:
        self.looks += 1
        raise self._error


@pytest.mark.parametrize("error", [Unavailable("ledger: away"), RuntimeError("a bug of ours")])
def test_after_a_pass_that_failed_comes_another(context, portal, logged, error):
    job, over = ended(context), threading.Event()
    away = Away(context.ledger, error)
    thread = threading.Thread(target=supervisor.tell_until, args=(over, courier(replace(context, ledger=away), portal)))
    thread.start()
    settled(context, job)
    over.set()
    thread.join()

    assert [line["event"] for line in logged] == ["will be tried again", "told"]


def test_without_an_address_nothing_runs(context):
    assert open_webhook_sender(Settings(webhook_secret=SECRET), context) is None
    supervisor.tell_until(threading.Event(), None)


# --- whole processes ----------------------------------------------------------------------------------------


def variables(portal: Portal) -> dict[str, str]:
    return {
        "FOOTAGE_WEBHOOK_URL": portal.url,
        "FOOTAGE_WEBHOOK_SECRET": SECRET,
        "FOOTAGE_WEBHOOK_ALLOW": "127.0.0.0/8",
        "FOOTAGE_SANDBOX": "off",
    }


def test_a_courier_that_is_killed_tells_again_under_the_same_id(portal, tmp_path):
    footage = Footage(tmp_path / "home", tuple(variables(portal).items()))
    context = open_context(Settings(home=footage.home, sandbox="off"))
    job = ended(context)
    portal.answers = [portals.HANG]

    killed = footage.start("sweep")
    portal.wait(1)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    again = footage.start("sweep")
    try:
        ending = settled(context, job, within=40)
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(20) == 0
        context.ledger.close()

    assert [told.id for told in portal.told] == [ending.id, ending.id]
    assert ending.tries == 1


def test_every_end_of_a_job_reaches_the_portal_of_a_whole_machine(portal, tmp_path, small):
    photo, nonsense = tmp_path / "照片.jpg", tmp_path / "空白.mp4"
    Image.new("RGB", (2400, 1600), "teal").save(photo)
    nonsense.write_text("没有画面", encoding="utf-8")

    with running_machine(tmp_path / "home", FOOTAGE_CAMPAIGN=str(small), **variables(portal)) as machine:
        jobs = {
            "published": machine.send(photo)["job"],
            "rejected": machine.send(nonsense)["job"],
            "cancelled": machine.api.post("/api/submissions", json={"name": "x.mp4"}).json()["job"],
        }
        assert machine.footage("cancel", jobs["cancelled"]).status == 0
        with closing(Ledger(f"sqlite:///{machine.footage.home}/ledger.sqlite")) as ledger:
            for state in ("held", "failed"):
                jobs[state] = ledger.create(name="y.mp4", programme="zhubo").id
                ledger.move(jobs[state], ["received"], state=state, code="quarantined")
        told = portal.wait(5, within=40)
        shown = machine.api.get(f"/api/submissions/{jobs['rejected']}").json()
        with closing(Ledger(f"sqlite:///{machine.footage.home}/ledger.sqlite")) as ledger:
            until(lambda: not ledger.outbox.waiting())  # nothing is left that would be told

    assert len(portal.told) == 5
    assert {message.said["type"]: message.said["data"]["job"] for message in told} == {
        f"submission.{state}": job for state, job in jobs.items()
    }
    assert all(message.is_signed for message in told)
    refused = next(message.said["data"] for message in told if message.said["data"]["state"] == "rejected")
    assert refused["findings"] == shown["findings"] != []
    logs = "".join(path.read_text() for path in [*(tmp_path / "home").glob("test-*.log")])
    assert '"told"' in logs
    assert not any(secret in logs for secret in (SECRET, SECRET[6:], "照片", "空白", "没有画面", "hooks"))
