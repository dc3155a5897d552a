"""A ledger may be opened by many at once, and says so where its database is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pytest

from storage.base import Unavailable
from storage.custody import is_unbroken
from storage.ledger import Ledger
from tests.contract.helpers import (
    LONG,
    SUBJECT,
    ExaminedLedger,
    asset,
    at_once,
    open_by_eight_processes,
    open_in_processes,
    submit,
)


def test_what_was_written_is_there_when_the_ledger_is_opened_again(ledger, ledger_url):
    job = submit(ledger)

    with closing(Ledger(ledger_url)) as again:
        assert again.job(job.id) == job


def test_a_closed_ledger_opens_itself_again(ledger):
    ledger.close()

    assert ledger.find() == []


def test_eight_workers_can_open_an_empty_database_at_once(new_url):
    with ExitStack() as opened:
        ledgers = at_once(8, lambda _: opened.enter_context(closing(Ledger(new_url))))
        for ledger in ledgers:
            submit(ledger)

        assert len(ledgers[0].find()) == 8


def test_four_processes_that_open_and_write_at_once_lose_nothing(new_url):
    work = """for turn in range(10):
    ledger.create(name='clip.mp4', programme='zhubo')
    ledger.custody.record(sys.argv[2], 'renewed', 'job')"""

    open_in_processes(4, work, new_url, SUBJECT)

    with closing(Ledger(new_url)) as ledger:
        assert len(ledger.find()) == 40
        assert [event.sequence for event in ledger.custody.chain(SUBJECT)] == list(range(1, 41))
        assert is_unbroken(ledger.custody.chain(SUBJECT))


def calls_of(ledger: Ledger) -> list[Callable[[], object]]:
    return [
        lambda: submit(ledger),
        lambda: ledger.job("id"),
        ledger.find,
        lambda: ledger.move("id", ["received"], state="queued"),
        lambda: ledger.advance("id", 1, state="running"),
        lambda: ledger.queue.claim(["video"], "worker", LONG),
        ledger.queue.abandoned,
        lambda: ledger.queue.hand_back("worker"),
        lambda: ledger.outbox.due(10),
        ledger.tallies.all,
        lambda: ledger.leases.acquire("job:a", "worker", LONG),
        lambda: ledger.leases.renew("job:a", 1, LONG),
        lambda: ledger.leases.release("job:a", 1),
        lambda: ledger.leases.check("job:a", 1),
        lambda: ledger.index([asset("a")]),
        lambda: ledger.assets(["m"]),
        lambda: ledger.custody.record(SUBJECT, "received", "job"),
        lambda: ledger.custody.chain(SUBJECT),
    ]


def test_a_database_that_went_away_is_unavailable_until_it_is_back(postgres, postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger:
        job = submit(ledger)
        with postgres.stopped():
            for call in calls_of(ledger):
                with pytest.raises(Unavailable):
                    call()

        assert ledger.job(job.id) == job


def test_a_database_that_was_restarted_is_used_again_at_once(postgres, postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger:
        job = submit(ledger)
        with postgres.stopped():
            pass

        assert ledger.job(job.id) == job


def test_a_database_that_is_away_when_it_is_opened_is_unavailable(tmp_path):
    for url in ("postgresql+psycopg://footage@127.0.0.1:1/footage", f"sqlite:///{tmp_path}/missing/ledger.db"):
        began = time.monotonic()
        with pytest.raises(Unavailable):
            Ledger(url)
        assert time.monotonic() - began < 5


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "ledger.db").write_text("安全生产月" * 1000)

    with pytest.raises(Unavailable, match="not a database"):
        Ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_many_processes_may_open_a_new_sqlite_ledger_at_once(tmp_path):
    url = f"sqlite:///{tmp_path}/new.db"

    open_by_eight_processes(url)

    with closing(Ledger(url)) as ledger:
        assert len(ledger.find()) == 8
