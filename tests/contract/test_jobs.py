"""Jobs are read back as they were made, and found by what is asked for."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest

from storage.records import RecordedFinding
from tests.contract.helpers import (
    SUBJECT,
    age,
    asset,
    names,
    submit,
)

NAMES = [
    "县应急局 安全生产月宣讲.mp4",
    "👷🏽‍♀️🚧 咨询日.mov",
    "فيديو السلامة.mp4",
    "\u202egpj.现场.jpg",
    "安" * 300,
    "-a'b\"c;--%s\\ \n.mp4",
]


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
        "seen",
    )
    zero = ("percent", "speed", "size", "attempts", "deaths", "queued", "started", "due")
    assert asdict(job) == {**told, **times, **dict.fromkeys(empty, ""), **dict.fromkeys(zero, 0)}
    assert len(job.id) == 32
    assert job == ledger.job(job.id)
    assert abs(job.created - time.time()) < 60
    assert abs(job.updated - job.created) < 1


def test_a_job_keeps_all_it_was_created_with(ledger):
    findings = (RecordedFinding("too-small", "reject", expected="1920×1080", text="画面太小 😢"),)
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
