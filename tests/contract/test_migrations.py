"""A ledger of any earlier version is brought to the newest schema when it is opened, once, by one worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from storage.base import Unavailable
from storage.custody import is_unbroken
from storage.ledger import Ledger
from storage.migrations import HEAD, NewerLedger
from storage.records import Asset, Event, Job, RecordedFinding, State
from storage.schema import metadata
from tests.contract.helpers import at_once, open_by_eight_processes, said_by, submit
from tests.contract.ledgers import ERAS, ROWS, contents, write_ledger

LATER = {"pair": "", "side": "", "submitter": "", "queued": 0.0, "started": 0.0, "due": 0.0, "deaths": 0, "needs": {}}
OPENING = "import sys; from storage.ledger import Ledger; Ledger(sys.argv[1]).close()\nprint('alembic' in sys.modules)"

eras = pytest.mark.parametrize("era", ERAS)
dialects = pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])


@pytest.fixture(scope="module")
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], str]:
    """The address of an era's ledger that was opened once: each is upgraded once for all who only read it."""

    @cache
    def address(dialect: str, era: str) -> str:
        if dialect == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp(era)}/ledger.db"
        else:
            url = request.getfixturevalue("postgres").fresh_database()
        write_ledger(url, era)
        Ledger(url).close()
        return url

    return address


@pytest.fixture
def engine(new_url: str) -> Iterator[Engine]:
    """A connection to the database that is none of the ledger's."""
    made = create_engine(new_url)
    yield made
    made.dispose()


def differences(engine: Engine) -> list[Any]:
    """Return what Alembic would change to make the database what `storage.schema` says."""
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def expected_jobs(era: str) -> list[Job]:
    later = LATER if era == "first" else {}
    rows = [
        {**row, **later, "findings": tuple(RecordedFinding(**found) for found in row["findings"])}
        for row in ROWS["jobs"]
    ]
    return sorted((Job(**row) for row in rows), key=lambda job: job.created, reverse=True)


# ---- the schema


def test_a_new_ledger_has_the_schema_that_the_code_asks_for(new_url, engine):
    Ledger(new_url).close()

    assert differences(engine) == []


def test_a_new_ledger_is_made_as_the_code_would_make_it(new_url, engine):
    Ledger(new_url).close()
    migrated = contents(engine)
    migrated.pop("alembic_version")
    metadata.drop_all(engine)

    metadata.create_all(engine)

    assert contents(engine).items() >= migrated.items()  # the defaults, too, which Alembic does not compare


def test_the_newest_version_is_the_one_that_the_program_asks_for():
    config = Config()
    config.set_main_option("script_location", "storage:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@eras
def test_an_older_ledger_gets_the_schema_that_the_code_asks_for(new_url, engine, era):
    write_ledger(new_url, era)

    Ledger(new_url).close()

    found = differences(engine)
    if engine.dialect.name == "sqlite":  # a declared type stays as it is there, and means nothing
        found = [one for one in found if not isinstance(one, list)]
    assert found == []
    with engine.connect() as connection:
        assert "ix_jobs_pair" in {index["name"] for index in inspect(connection).get_indexes("jobs")}


# ---- what is in it


@dialects
@eras
def test_every_job_of_an_older_ledger_is_read(upgraded, dialect, era):
    with closing(Ledger(upgraded(dialect, era))) as ledger:
        assert ledger.find() == expected_jobs(era)
        assert {job.state for job in ledger.find()} == set(State.__args__)


@eras
def test_the_chains_of_an_older_ledger_are_unbroken(new_url, era):
    write_ledger(new_url, era)
    subjects = {row["subject"] for row in ROWS["custody"]}

    with closing(Ledger(new_url)) as ledger:
        chains = [event for subject in sorted(subjects) for event in ledger.custody.chain(subject)]
        ledger.custody.record(chains[0].subject, "renewed", "job")
        assert all(is_unbroken(ledger.custody.chain(subject)) for subject in subjects)

    assert chains == [Event(**row) for row in sorted(ROWS["custody"], key=lambda r: (r["subject"], r["sequence"]))]


@dialects
@eras
def test_the_leases_and_assets_of_an_older_ledger_are_kept(upgraded, dialect, era):
    [running] = [row["id"] for row in ROWS["jobs"] if row["state"] == "running"]
    [token] = [row["token"] for row in ROWS["leases"] if row["name"] == f"job:{running}"]

    with closing(Ledger(upgraded(dialect, era))) as ledger:
        ledger.leases.check(f"job:{running}", token)
        assert ledger.leases.holders("job:") == [(f"job:{running}", "box:1")]
        assert ledger.assets([ROWS["assets"][0]["manifest"]]) == [Asset(**row) for row in ROWS["assets"]]


@dialects
@pytest.mark.parametrize("era", ERAS[1:])
def test_what_came_later_than_the_first_ledger_is_kept(upgraded, dialect, era):
    [decided] = ROWS["decisions"]

    with closing(Ledger(upgraded(dialect, era))) as ledger:
        assert ledger.edits.of([decided["job"]])[decided["job"]].decision == decided["decision"]
        assert sorted(ending.id for ending in ledger.outbox.due(10)) == sorted(
            row["id"] for row in ROWS["endings"] if row["due"]
        )
        assert [key.id for key in ledger.keys.all()] == [row["id"] for row in ROWS["keys"] if not row["parent"]]
        assert [one.job for one in ledger.reservations.of(ROWS["reservations"][0]["box"])] == [
            row["job"] for row in ROWS["reservations"]
        ]
        assert list(ledger.tallies.all().values()) == [row["value"] for row in ROWS["tallies"]]


@eras
def test_an_older_ledger_goes_on_being_written(new_url, era):
    write_ledger(new_url, era)

    with closing(Ledger(new_url)) as ledger:
        job = submit(ledger, pair="桥头", side="before")
        ledger.receive(job.id, "f" * 64, 7, "video")
        claimed, _ = ledger.queue.claim(["video"], "worker", 60.0)
        assert claimed.state == "running"
        assert job.id in [found.id for found in ledger.find(pair="桥头")]


# ---- once, whole, by one


@eras
def test_a_second_start_changes_nothing(new_url, engine, era):
    write_ledger(new_url, era)
    Ledger(new_url).close()
    before = contents(engine)

    Ledger(new_url).close()

    assert contents(engine) == before


def test_a_ledger_that_is_up_to_date_is_opened_without_alembic(new_url):
    assert said_by(OPENING, new_url) == "True"
    assert said_by(OPENING, new_url) == "False"


def test_eight_processes_may_open_a_new_ledger_at_once(new_url, engine):
    open_by_eight_processes(new_url)

    assert stamps(engine) == [HEAD]
    assert differences(engine) == []


@eras
def test_eight_threads_may_open_an_older_ledger_at_once(new_url, engine, era):
    write_ledger(new_url, era)

    with ExitStack() as opened:
        ledgers = at_once(8, lambda _: opened.enter_context(closing(Ledger(new_url))))
        assert [ledger.find() for ledger in ledgers] == [expected_jobs(era)] * 8

    assert stamps(engine) == [HEAD]


def stamps(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def test_eight_threads_may_open_different_ledgers_at_once(tmp_path):
    with ExitStack() as opened:
        urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(8)]
        ledgers = at_once(8, lambda number: opened.enter_context(closing(Ledger(urls[number]))))

        assert [ledger.find() for ledger in ledgers] == [[]] * 8


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(new_url, engine):
    write_ledger(new_url, "first")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ix_jobs_pair (in_the_way INTEGER)")
    before = contents(engine)

    with pytest.raises(Unavailable, match="ix_jobs_pair"):
        Ledger(new_url)

    assert contents(engine) == before


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(new_url, engine):
    Ledger(new_url).close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = contents(engine)

    with pytest.raises(NewerLedger, match="9999"):
        Ledger(new_url)

    assert contents(engine) == before


def test_the_rows_of_an_older_ledger_hold_something_of_everything():
    assert [name for name, rows in ROWS.items() if not rows] == []
    assert {field.name for field in fields(Job)} - {"seen"} == set(ROWS["jobs"][0])  # that came with version 8


def test_an_edits_findings_get_their_scope_by_the_old_rule_and_all_others_the_originals(new_url, engine):
    write_ledger(new_url, "unversioned")
    findings = [
        {"code": "unknown-unit", "severity": "warning", "actual": "龙潭镇 (channel-tv.mp4)", "text": "a"},
        {"code": "caption-cut", "severity": "warning", "actual": "tv", "text": "b"},
        {"code": "loudness", "severity": "warning", "actual": "-20 LKFS (channel-tv.mp4)", "text": "c"},
    ]
    job = ROWS["jobs"][3]["id"]
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE jobs SET findings = :it WHERE id = :id"), {"it": json.dumps(findings), "id": job}
        )

    with closing(Ledger(new_url)) as ledger:
        told = ledger.job(job).findings

    assert [(found.code, found.scope) for found in told] == [
        ("unknown-unit", "original"),
        ("caption-cut", "edition"),
        ("loudness", "edition"),
    ]
