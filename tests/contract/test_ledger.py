"""What the ledger keeps to, on SQLite and on PostgreSQL alike; below that, what only one of them can get wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text, update

from storage.base import Unavailable
from storage.custody import digest, is_unbroken
from storage.leases import LeaseLost
from storage.ledger import Ledger
from storage.locks import job_lease, recipe_lease
from storage.records import Asset, Event, Job
from storage.schema import custody, jobs, leases

PROJECT = Path(__file__).parents[2]
SUBJECT = sha256(b"footage").hexdigest()
OTHER = sha256(b"other footage").hexdigest()
LONG = 60.0  # seconds: a lease that outlives its test
NAMES = [
    "县应急局 安全生产月宣讲.mp4",
    "👷🏽‍♀️🚧 咨询日.mov",
    "فيديو السلامة.mp4",
    "\u202egpj.现场.jpg",
    "安" * 300,
    "-a'b\"c;--%s\\ \n.mp4",
]


def submit(ledger: Ledger, **fields: Any) -> Job:
    return ledger.create(**{"name": "clip.mp4", "programme": "zhubo", **fields})


def names(found: list[Job]) -> list[str]:
    return [job.name for job in found]


def age(ledger: Ledger, job: Job, seconds: float) -> None:
    """Make the job so much older."""
    with ledger._db.begin() as connection:
        past = {column: getattr(jobs.c, column) - seconds for column in ("created", "updated")}
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(**past))


def expire(ledger: Ledger, name: str) -> None:
    """Let the lease run out now."""
    with ledger._db.begin() as connection:
        connection.execute(update(leases).where(leases.c.name == name).values(expires=ledger._db.now - 0.001))


def seconds_left(ledger: Ledger, name: str) -> float:
    with ledger._db.begin() as connection:
        return connection.execute(select(leases.c.expires - ledger._db.now).where(leases.c.name == name)).scalar_one()


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What so many threads got that made the call at the same moment."""
    start = Barrier(count)

    def run(number: int) -> Any:
        start.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# ---- jobs


@pytest.mark.parametrize("name", NAMES, ids=["chinese", "emoji", "arabic", "reversed", "long", "hostile"])
def test_a_name_in_any_script_is_read_back_unchanged(ledger, name):
    created = submit(ledger, name=name, unit=name, place=name, activity=name)

    job = ledger.job(created.id)

    assert (job.name, job.unit, job.place, job.activity) == (name, name, name, name)


@pytest.mark.parametrize("name", ["a\0b.mp4", b"a\xb0b.mp4".decode(errors="surrogateescape")], ids=["nul", "not-utf-8"])
def test_what_is_no_character_in_a_name_is_replaced(ledger, name):
    job = submit(ledger, name=name, unit=name)

    assert (job.name, job.unit) == ("a\ufffdb.mp4", "a\ufffdb.mp4")


def test_a_new_job_is_received_and_otherwise_empty(ledger):
    job = submit(ledger)

    told = {"id": job.id, "state": "received", "name": "clip.mp4", "programme": "zhubo", "findings": (), "needs": {}}
    times = {"created": job.created, "updated": job.updated}
    empty = (
        "stage",
        "lane",
        "unit",
        "activity",
        "place",
        "date",
        "pair",
        "side",
        "original",
        "recipe",
        "manifest",
        "code",
        "submitter",
    )
    zero = ("percent", "speed", "size", "attempts", "deaths", "queued", "started", "due")
    assert asdict(job) == {**told, **times, **dict.fromkeys(empty, ""), **dict.fromkeys(zero, 0)}
    assert len(job.id) == 32
    assert job == ledger.job(job.id)
    assert abs(job.created - time.time()) < 60
    assert abs(job.updated - job.created) < 1


def test_a_job_keeps_all_it_was_created_with(ledger):
    findings = ({"code": "too-small", "severity": "error", "expected": "1920×1080", "text": "画面太小 😢"},)
    given = {"unit": "市应急局", "activity": "2020-06", "place": "南岳", "date": "2020-06-18", "lane": "heavy"}
    given |= {"original": SUBJECT, "recipe": "a" * 32, "findings": findings, "percent": 12.5, "attempts": 3}

    job = ledger.job(submit(ledger, **given).id)

    assert {name: getattr(job, name) for name in given} == given


def test_sizes_beyond_four_gigabytes_survive(ledger):
    size = 5 * 2**40 + 1

    job = submit(ledger, size=size)
    ledger.index([asset("a", size=size)])

    assert ledger.job(job.id).size == size
    assert [found.size for found in ledger.assets(["m"])] == [size]


def test_there_is_no_job_under_an_unknown_id(ledger):
    assert ledger.job("missing") is None
    assert ledger.move("missing", ["received"], state="queued") is None


def test_find_gives_every_job_newest_first(ledger):
    for number, name in enumerate(["middle", "oldest", "newest"]):
        age(ledger, submit(ledger, name=name), [20, 30, 10][number])

    assert names(ledger.find()) == ["newest", "middle", "oldest"]
    assert names(ledger.find(limit=2)) == ["newest", "middle"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"states": ["queued"]}, "b"),
        ({"states": ["queued", "failed"]}, "bc"),
        ({"states": ["held"]}, ""),
        ({"programme": "nanyue"}, "bd"),
        ({"unit": "县应急局"}, "ab"),
        ({"unit": "县"}, ""),
        ({"since": "2020-06-18"}, "bc"),
        ({"until": "2020-06-18"}, "ab"),
        ({"since": "2020-06-18", "until": "2020-06-18"}, "b"),
        ({"states": ["received"], "programme": "zhubo", "unit": "县应急局", "until": "2020-06-30"}, "a"),
        ({}, "abcd"),
    ],
)
def test_find_keeps_to_all_it_is_asked_for(ledger, wanted, found):
    submit(ledger, name="a", unit="县应急局", date="2020-06-01")
    submit(ledger, name="b", unit="县应急局", date="2020-06-18", state="queued", programme="nanyue")
    submit(ledger, name="c", unit="市应急局", date="2020-06-30", state="failed")
    submit(ledger, name="d", programme="nanyue")  # its day is not known

    assert sorted(names(ledger.find(**wanted))) == list(found)


def test_a_job_moves_from_the_states_given(ledger):
    job = submit(ledger)
    age(ledger, job, 10)

    moved = ledger.move(job.id, ["held", "received"], state="queued", lane="heavy")

    assert (moved.state, moved.lane) == ("queued", "heavy")
    assert moved == ledger.job(job.id)
    assert moved.updated - moved.created > 9


def test_a_job_in_another_state_stays_as_it_is(ledger):
    job, other = submit(ledger, state="running"), submit(ledger)

    assert ledger.move(job.id, ["received", "queued"], state="cancelled") is None
    assert ledger.move(job.id, [], state="cancelled") is None
    assert ledger.job(job.id) == job
    assert ledger.job(other.id) == other


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_cancelled_job_has_no_lease_any_more_and_its_worker_changes_nothing(ledger, state):
    job = submit(ledger, state=state)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    cancelled = ledger.cancel(job.id, stage="")

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")
    with pytest.raises(LeaseLost):
        ledger.leases.renew(job_lease(job.id), token, LONG)
    assert cancelled.state == ledger.job(job.id).state == "cancelled"


def test_a_job_that_has_ended_is_not_cancelled_and_keeps_its_lease(ledger):
    job = submit(ledger, state="published")
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    assert ledger.cancel(job.id) is None
    assert ledger.job(job.id).state == "published"
    ledger.leases.check(job_lease(job.id), token)


def test_of_eight_threads_that_move_a_job_one_does(ledger):
    job = submit(ledger)

    moved = at_once(8, lambda number: ledger.move(job.id, ["received"], state="queued", code=str(number)))

    winners = [one for one in moved if one]
    assert [ledger.job(job.id)] == winners


def test_a_job_is_advanced_under_its_lease(ledger):
    job, other = submit(ledger, state="queued"), submit(ledger)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    advanced = ledger.advance(
        job.id, token, state="running", stage="render", percent=40.5, findings=({"code": "late"},)
    )

    assert (advanced.state, advanced.stage, advanced.percent) == ("running", "render", 40.5)
    assert advanced.findings == ({"code": "late"},)
    assert advanced == ledger.job(job.id)
    assert ledger.job(other.id) == other


def lost_to_nobody(ledger: Ledger, name: str) -> int:
    token = ledger.leases.acquire(name, "worker", LONG)
    expire(ledger, name)
    return token


def lost_to_another(ledger: Ledger, name: str) -> int:
    token = lost_to_nobody(ledger, name)
    ledger.leases.acquire(name, "another", LONG)
    return token


def given_back(ledger: Ledger, name: str) -> int:
    token = ledger.leases.acquire(name, "worker", LONG)
    ledger.leases.release(name, token)
    return token


def not_dealt_yet(ledger: Ledger, name: str) -> int:
    return ledger.leases.acquire(name, "worker", LONG) + 1


def of_another(ledger: Ledger, name: str) -> int:
    return ledger.leases.acquire(f"{name}x", "worker", LONG)


losing = pytest.mark.parametrize("lose", [lost_to_nobody, lost_to_another, given_back, not_dealt_yet, of_another])


@losing
def test_a_job_is_not_advanced_under_a_lease_that_is_not_held(ledger, lose):
    job = submit(ledger)
    token = lose(ledger, job_lease(job.id))

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")

    assert ledger.job(job.id) == job


def test_a_job_that_is_not_there_is_not_advanced(ledger):
    token = ledger.leases.acquire(job_lease("missing"), "worker", LONG)

    with pytest.raises(LeaseLost):
        ledger.advance("missing", token, state="running")


def test_running_jobs_without_a_live_lease_are_abandoned(ledger):
    for name, lose in (("lost", lost_to_nobody), ("given back", given_back), ("taken over", lost_to_another)):
        job = submit(ledger, name=name, state="running")
        lose(ledger, job_lease(job.id))
    submit(ledger, name="never leased", state="running")

    assert sorted(names(ledger.line.abandoned())) == ["given back", "lost", "never leased"]


def test_jobs_that_wait_for_people_or_are_done_are_never_abandoned(ledger):
    for state in ("received", "queued", "published", "rejected", "failed", "held", "cancelled"):
        age(ledger, submit(ledger, state=state), 10_000)

    assert ledger.line.abandoned() == []


# ---- leases


def test_a_lease_is_held_by_one(ledger):
    token = ledger.leases.acquire("job:a", "worker", 10)

    assert token == 1
    assert ledger.leases.acquire("job:a", "another", LONG) is None
    assert ledger.leases.acquire("job:a", "worker", LONG) is None
    assert ledger.leases.acquire("job:b", "another", LONG) == 1
    ledger.leases.check("job:a", token)


def test_the_token_rises_whenever_the_lease_is_taken_again(ledger):
    tokens = []
    for after in (expire, lambda ledger, name: ledger.leases.release(name, tokens[-1]), expire):
        tokens.append(ledger.leases.acquire("job:a", "worker", LONG))
        after(ledger, "job:a")
    tokens.append(ledger.leases.acquire("job:a", "worker", LONG))

    assert tokens == [1, 2, 3, 4]


def test_a_lease_ends_by_the_clock(ledger):
    token = ledger.leases.acquire("job:a", "worker", 0.2)
    began = time.monotonic()

    while (taken := ledger.leases.acquire("job:a", "another", LONG)) is None and time.monotonic() - began < 10:
        time.sleep(0.01)

    assert taken == 2
    with pytest.raises(LeaseLost):
        ledger.leases.check("job:a", token)


@pytest.mark.parametrize("before", [lambda *_: None, lost_to_nobody], ids=["new", "expired"])
def test_of_eight_racing_threads_one_gets_the_lease(ledger, before):
    before(ledger, "job:a")

    tokens = at_once(8, lambda number: ledger.leases.acquire("job:a", f"worker {number}", LONG))

    won = [token for token in tokens if token]
    assert len(won) == 1
    ledger.leases.check("job:a", won[0])


def test_a_renewed_lease_is_kept_from_now_on(ledger):
    token = ledger.leases.acquire("job:a", "worker", 5)

    ledger.leases.renew("job:a", token, 3600)
    longer = seconds_left(ledger, "job:a")
    ledger.leases.renew("job:a", token, 30)

    assert 3500 < longer <= 3600
    assert 20 < seconds_left(ledger, "job:a") <= 30
    ledger.leases.check("job:a", token)


@losing
def test_a_lease_that_is_not_held_is_neither_renewed_nor_checked(ledger, lose):
    token = lose(ledger, "job:a")
    left = seconds_left(ledger, "job:a") if lose is not of_another else None

    with pytest.raises(LeaseLost):
        ledger.leases.renew("job:a", token, 3600)
    with pytest.raises(LeaseLost):
        ledger.leases.check("job:a", token)

    assert left is None or seconds_left(ledger, "job:a") <= left


def test_releasing_twice_takes_nothing_from_the_next(ledger):
    token = ledger.leases.acquire("job:a", "worker", LONG)

    ledger.leases.release("job:a", token)
    following = ledger.leases.acquire("job:a", "another", LONG)
    ledger.leases.release("job:a", token)
    ledger.leases.release("job:never", 1)

    assert following == 2
    ledger.leases.check("job:a", following)


def test_the_longest_lease_names_fit(ledger):
    for name in (job_lease("f" * 32), recipe_lease(SUBJECT, "a" * 32)):
        assert ledger.leases.acquire(name, "机" * 80, LONG) == 1


# ---- the asset index


def asset(key: str, *, manifest: str = "m", name: str = "master", **fields: Any) -> Asset:
    rest = {"role": "master", "media_type": "video/mp4", "sha256": SUBJECT, "size": 7}
    return Asset(
        key=key, manifest=manifest, name=name, **{**rest, "width": 1920, "height": 1080, "duration": 54.32, **fields}
    )


def test_an_asset_is_read_back_unchanged(ledger):
    given = [asset("a", name="audio", width=None, height=None), asset("b", name="still", role="still", duration=None)]

    ledger.index(given)

    assert ledger.assets(["m"]) == given


def test_an_asset_indexed_twice_is_there_once(ledger):
    ledger.index([asset("a"), asset("a")])
    ledger.index(iter([asset("a"), asset("b", name="poster")]))

    assert ledger.assets(["m"]) == [asset("a"), asset("b", name="poster")]


def test_assets_of_several_manifests_come_by_manifest_and_name(ledger):
    entered = [("m2", "clip-01"), ("m1", "poster"), ("m1", "clip-02"), ("m1", "clip-01"), ("m3", "master")]
    ledger.index(asset(f"{manifest}/{name}", manifest=manifest, name=name) for manifest, name in entered)

    found = ledger.assets(["m2", "m1", "missing"])

    assert [one.key for one in found] == ["m1/clip-01", "m1/clip-02", "m1/poster", "m2/clip-01"]
    assert ledger.assets([]) == []


def test_eight_threads_that_index_the_same_assets_enter_them_once(ledger):
    given = [asset(f"a{number}", name=str(number)) for number in range(8)]

    at_once(8, lambda _: ledger.index(given))

    assert ledger.assets(["m"]) == given


def test_nothing_is_indexed_of_a_list_that_breaks_off(ledger):
    def broken() -> Iterator[Asset]:
        yield asset("a")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        ledger.index(broken())

    assert ledger.assets(["m"]) == []


# ---- custody

DETAILS: list[tuple[str, dict[str, Any]]] = [
    ("received", {"size": 5 * 2**40, "note": "原件 😀"}),
    ("published", {"manifest": "m", "share": 0.1, "codes": ["late", "too-small"], "none": None}),
    ("withdrawn", {}),
]


@pytest.fixture
def recorded(ledger: Ledger) -> Ledger:
    for kind, detail in DETAILS:
        ledger.custody.record(SUBJECT, kind, f"job of {kind}", **detail)
        ledger.custody.record(OTHER, kind, "job", **detail)
    return ledger


def test_a_custody_chain_tells_what_happened_in_order(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert [(event.kind, event.detail) for event in chain] == DETAILS
    assert [event.sequence for event in chain] == [1, 2, 3]
    assert {event.subject for event in chain} == {SUBJECT}
    assert chain[1].job == "job of published"
    assert abs(chain[0].at - time.time()) < 60
    assert [event.at for event in chain] == sorted(event.at for event in chain)


def test_each_event_carries_the_digest_of_the_one_before(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert [event.previous for event in chain] == ["", chain[0].digest, chain[1].digest]
    assert len({event.digest for event in chain}) == 3
    assert is_unbroken(chain)
    assert is_unbroken(recorded.custody.chain(OTHER))


def test_what_record_returns_is_what_the_chain_holds(ledger):
    events = [ledger.custody.record(SUBJECT, kind, "job", **detail) for kind, detail in DETAILS]

    assert ledger.custody.chain(SUBJECT) == events


def test_a_chain_without_events_is_unbroken(ledger):
    assert ledger.custody.chain(SUBJECT) == []
    assert is_unbroken([])


def tamper(ledger: Ledger, event: Event, **changes: Any) -> None:
    """Change the row behind the ledger's back."""
    row = update(custody).where(custody.c.subject == event.subject, custody.c.sequence == event.sequence)
    with ledger._db.begin() as connection:
        assert connection.execute(row.values(**changes)).rowcount == 1


TAMPERED: dict[str, Callable[[Event], object]] = {
    "sequence": lambda event: event.sequence + 10,
    "at": lambda event: event.at + 0.0001,
    "kind": lambda event: event.kind + " ",
    "job": lambda event: "",
    "detail": lambda event: {**event.detail, "note": "原件"},
    "previous": lambda event: sha256(event.previous.encode()).hexdigest(),
    "digest": lambda event: sha256(event.digest.encode()).hexdigest(),
}


@pytest.mark.parametrize("field", TAMPERED)
def test_a_field_changed_in_the_database_breaks_the_chain(ledger, field):
    for subject in ("first", "middle", "last"):
        for kind, detail in DETAILS:
            ledger.custody.record(subject, kind, "job", **detail)

    for number, subject in enumerate(["first", "middle", "last"]):
        tamper(
            ledger,
            ledger.custody.chain(subject)[number],
            **{field: TAMPERED[field](ledger.custody.chain(subject)[number])},
        )
        assert not is_unbroken(ledger.custody.chain(subject))


@pytest.mark.parametrize("field", ["detail", "sequence", "previous"])
def test_an_event_forged_with_a_right_digest_breaks_the_chain(ledger, field):
    for subject in ("first", "middle"):
        for kind, detail in DETAILS:
            ledger.custody.record(subject, kind, "job", **detail)

    for number, subject in enumerate(["first", "middle"]):
        event = ledger.custody.chain(subject)[number]
        forged = replace(event, **{field: TAMPERED[field](event)})
        tamper(ledger, event, **asdict(replace(forged, digest=digest(forged))))
        assert not is_unbroken(ledger.custody.chain(subject))


def test_a_chain_that_skips_a_number_is_broken(recorded):
    first, second, _ = recorded.custody.chain(SUBJECT)
    late = replace(second, sequence=3)

    assert not is_unbroken([first, replace(late, digest=digest(late))])


@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "middle", "last"])
def test_an_event_moved_to_another_subject_is_no_link_there(recorded, number):
    tamper(recorded, recorded.custody.chain(SUBJECT)[number], subject="empty until now")

    assert len(recorded.custody.chain("empty until now")) == 1
    assert not is_unbroken(recorded.custody.chain("empty until now"))


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_removed_before_others_breaks_the_chain(recorded, number):
    with recorded._db.begin() as connection:
        connection.execute(custody.delete().where(custody.c.subject == SUBJECT, custody.c.sequence == number))

    assert not is_unbroken(recorded.custody.chain(SUBJECT))
    assert is_unbroken(recorded.custody.chain(OTHER))


def test_two_events_swapped_break_the_chain(recorded):
    chain = recorded.custody.chain(SUBJECT)

    assert not is_unbroken([chain[1], chain[0], chain[2]])
    assert not is_unbroken([*chain, chain[2]])
    assert not is_unbroken(chain[1:])


def test_eight_threads_that_record_at_once_leave_one_unbroken_chain(ledger):
    at_once(8, lambda number: [ledger.custody.record(SUBJECT, "renewed", f"{number}", turn=turn) for turn in range(4)])

    chain = ledger.custody.chain(SUBJECT)
    assert [event.sequence for event in chain] == list(range(1, 33))
    assert is_unbroken(chain)
    for number in range(8):
        assert [event.detail["turn"] for event in chain if event.job == f"{number}"] == [0, 1, 2, 3]


# ---- opening, and being away


def test_what_was_written_is_there_when_the_ledger_is_opened_again(ledger, ledger_url):
    job = submit(ledger)

    with closing(Ledger(ledger_url)) as again:
        assert again.job(job.id) == job


def test_a_closed_ledger_opens_itself_again(ledger):
    ledger.close()

    assert ledger.find() == []


def test_eight_workers_can_open_an_empty_database_at_once(ledger_url):
    with ExitStack() as opened:
        ledgers = at_once(8, lambda _: opened.enter_context(closing(Ledger(ledger_url))))
        for ledger in ledgers:
            submit(ledger)

        assert len(ledgers[0].find()) == 8


def test_four_processes_that_open_and_write_at_once_lose_nothing(ledger_url):
    script = (
        "import sys; from storage.ledger import Ledger; sys.stdin.read(); ledger = Ledger(sys.argv[1])\n"
        "for turn in range(10):\n"
        "    ledger.create(name='clip.mp4', programme='zhubo'); ledger.custody.record(sys.argv[2], 'renewed', 'job')\n"
        "ledger.close()"
    )
    command = [sys.executable, "-c", script, ledger_url, SUBJECT]
    writers = [subprocess.Popen(command, cwd=PROJECT, stdin=PIPE, stderr=PIPE, text=True) for _ in range(4)]
    for writer in writers:
        writer.stdin.close()  # the shot they wait for
    said = [writer.stderr.read() for writer in writers]
    for writer in writers:
        writer.stderr.close()
        writer.wait()

    assert said == [""] * 4
    with closing(Ledger(ledger_url)) as ledger:
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
        lambda: ledger.line.claim(["video"], "worker", LONG),
        ledger.line.abandoned,
        lambda: ledger.line.hand_back("worker"),
        lambda: ledger.endings.due(10),
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


def test_a_lease_is_not_taken_over_while_a_change_under_it_is_under_way(postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger, ThreadPoolExecutor(2) as pool:
        job = submit(ledger, state="running")
        name = job_lease(job.id)
        token = ledger.leases.acquire(name, "worker", LONG)

        def take_over() -> tuple[int | None, Job | None]:
            ledger.leases.release(name, token)
            return ledger.leases.acquire(name, "another", LONG), ledger.job(job.id)

        with ledger._db.begin() as connection:
            connection.execute(select(jobs).where(jobs.c.id == job.id).with_for_update())
            advanced = pool.submit(ledger.advance, job.id, token, state="published")
            wait_for_waiting(ledger, 1)
            taken = pool.submit(take_over)
            wait_for_waiting(ledger, 2, taken)

        assert taken.result() == (token + 1, advanced.result())


def wait_for_waiting(ledger: Ledger, count: int, other: Future[Any] | None = None) -> None:
    """Until so many connections stand before a lock, or the other is done."""
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (other and other.done()):
        with ledger._db.begin() as connection:
            if connection.execute(waiting).scalar_one() >= count:
                return
        time.sleep(0.02)


def test_a_worker_that_takes_a_job_up_while_it_is_cancelled_gets_nowhere(postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger, ThreadPoolExecutor(2) as pool:
        job = submit(ledger, state="queued")

        def take_up() -> tuple[int | None, Job | None]:
            token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)
            with pytest.raises(LeaseLost):
                ledger.advance(job.id, token, state="running")
            return token, ledger.job(job.id)

        with ledger._db.begin() as connection:
            connection.execute(select(jobs).where(jobs.c.id == job.id).with_for_update())
            cancelled = pool.submit(ledger.cancel, job.id)
            wait_for_waiting(ledger, 1)
            taken = pool.submit(take_up)
            wait_for_waiting(ledger, 2, taken)

        assert cancelled.result().state == taken.result()[1].state == "cancelled"


@pytest.mark.parametrize("ended", ["published", "rejected", "failed", "cancelled"])
def test_no_token_brings_back_a_job_that_has_ended(ledger, ended):
    job = submit(ledger, state=ended)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="running")

    assert ledger.job(job.id).state == ended


def test_a_database_that_went_away_is_unavailable_until_it_is_back(postgres, postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger:
        job = submit(ledger)
        with postgres.stopped():
            for call in calls_of(ledger):
                with pytest.raises(Unavailable):
                    call()

        assert ledger.job(job.id) == job


def test_a_database_that_was_restarted_is_used_again_at_once(postgres, postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger:
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
    code = "import sys; from storage.ledger import Ledger; Ledger(sys.argv[1]).create(name='x', programme='y')"
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/new.db"]

    opened = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(6)]

    assert [process.communicate()[1] for process in opened] == [b""] * 6
    assert [process.returncode for process in opened] == [0] * 6


# --- together -----------------------------------------------------------------------------------------------


def test_what_is_written_together_is_written_whole_or_not_at_all(ledger):
    job = submit(ledger)

    def written_by_one_who_lost_his_lease() -> None:
        with ledger.together():
            ledger.custody.record(SUBJECT, "published", job.id)
            ledger.move(job.id, ["received"], state="queued")
            ledger.leases.check("nobody's", 1)

    with pytest.raises(LeaseLost):
        written_by_one_who_lost_his_lease()

    assert ledger.custody.chain(SUBJECT) == []
    assert ledger.job(job.id) == job

    with ledger.together():
        ledger.custody.record(SUBJECT, "published", job.id)
        ledger.move(job.id, ["received"], state="queued")
        assert ledger.job(job.id).state == "queued"

    assert [event.kind for event in ledger.custody.chain(SUBJECT)] == ["published"]
    assert ledger.job(job.id).state == "queued"


# --- notes --------------------------------------------------------------------------------------------------


def test_a_published_job_is_told_something_new_in_place_of_what_it_was_told_under_that_code(ledger):
    small, alike, sharper = ({"code": code, "text": text} for code, text in [("small", "a"), ("x", "b"), ("x", "c")])
    job = submit(ledger)
    ledger.move(job.id, ["received"], state="published", findings=[alike, small])
    before = ledger.job(job.id)

    ledger.note(job.id, sharper)

    assert ledger.job(job.id) == replace(before, findings=(small, sharper))


def test_a_job_that_is_not_published_is_not_told(ledger):
    job = submit(ledger)

    ledger.note(job.id, {"code": "x", "text": "b"})
    ledger.note("no such job", {"code": "x", "text": "b"})

    assert ledger.job(job.id) == job
