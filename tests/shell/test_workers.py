"""Two workers on a real Valkey, a real PostgreSQL and a real S3 server."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from storage.custody import is_unbroken
from storage.ledger import Ledger
from tests.media import clips
from tests.running import Footage
from tests.servers.postgres import Postgres
from tests.servers.seaweed import Seaweed
from tests.servers.valkey import Valkey
from tests.unit.facts import small_rules


@pytest.fixture(scope="module")
def rig(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, seaweed: Seaweed, valkey: Valkey, small: Path
) -> Iterator[Footage]:
    """`footage` bound to the three servers, with two workers running."""
    bound = Footage(
        tmp_path_factory.mktemp("rig") / "home",
        (
            ("FOOTAGE_CAMPAIGN", str(small)),
            ("FOOTAGE_BROKER_URL", valkey.url),
            ("FOOTAGE_LEDGER_URL", postgres.fresh_database()),
            ("FOOTAGE_STORE_URL", f"s3://{seaweed.bucket}/rig-{uuid4().hex}"),
            ("FOOTAGE_S3_ENDPOINT", seaweed.endpoint),
            ("FOOTAGE_S3_ACCESS_KEY", seaweed.access_key),
            ("FOOTAGE_S3_SECRET_KEY", seaweed.secret_key),
            ("FOOTAGE_S3_REGION", seaweed.region),
        ),
    )
    workers = [bound.start("worker"), bound.start("worker"), bound.start("sweep")]
    yield bound
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(30) for worker in workers] == [0, 0, 0]


def test_the_same_file_twice_at_the_same_time_is_one_publication(rig, seaweed, tmp_path):
    original = clips.make(tmp_path / "same.mp4", clips.Clip(seconds=2))

    done = rig("submit", original, original, "--wait", "--json")

    first, second = done.objects
    variables = dict(rig.more)
    store = seaweed.store(variables["FOOTAGE_STORE_URL"].rpartition("/")[2])
    published = [blob.key for blob in store.list("published/")]
    ledger = Ledger(variables["FOOTAGE_LEDGER_URL"])
    chain = ledger.custody.chain(first["original"]["sha256"])
    ledger.close()
    assert done.status == 0, done.err
    assert first["job"] != second["job"]
    assert (first["state"], second["state"]) == ("published", "published")
    assert [o["sha256"] for o in first["outputs"]] == [o["sha256"] for o in second["outputs"]]
    assert len([key for key in published if key.endswith("manifest.json")]) == 1
    assert len(published) == len(first["outputs"]) + 2  # the manifest and the analysis
    assert sorted(event.kind for event in chain) == ["published", "received", "received"]
    assert is_unbroken(chain)


def test_a_message_that_comes_twice_is_one_job(rig, valkey, tmp_path):
    original = clips.make(tmp_path / "once.mp4", clips.Clip(seconds=1))
    job = rig("submit", original, "--json").objects[0]["job"]

    house = house_of(rig)
    for _ in range(3):
        house.waker.wake("video")
    ended = wait(rig, job)
    house.broker.close()
    house.service.close()

    assert (ended["state"], ended["attempts"]) == ("published", 1)


def house_of(rig: Footage):
    from worker.app import open_house
    from worker.settings import Settings

    named = {name.removeprefix("FOOTAGE_").lower(): value for name, value in rig.more}
    return open_house(Settings(home=rig.home, **named))


def wait(rig: Footage, job: str) -> dict:
    while True:
        state = rig("status", job, "--json").objects[0]
        if state["state"] in {"published", "rejected", "failed"}:
            return state
        time.sleep(0.3)  # each look is a command of its own


def test_what_was_published_is_read_back_from_s3_by_out(rig, tmp_path):
    original = clips.make(tmp_path / "back.mp4", clips.Clip(seconds=1))

    result = rig("process", original, "--out", tmp_path / "out", "--json").objects[0]

    assert result["state"] == "published"
    assert all(Path(output["path"]).is_file() for output in result["outputs"])


def test_reprocess_lists_first_and_then_makes_only_what_is_stale(rig, tmp_path):
    original = clips.make(tmp_path / "again.mp4", clips.Clip(seconds=1))
    job = rig("submit", original, "--unit", "棉湖镇", "--wait", "--json").objects[0]["job"]
    changed = tmp_path / "changed.toml"
    changed.write_text(
        small_rules().replace("thumbnail_widths = [320, 640]", "thumbnail_widths = [480]"), encoding="utf-8"
    )

    fresh = rig("reprocess", "--unit", "棉湖镇", "--stale", "--dry-run", "--json")
    stale = rig("reprocess", "--unit", "棉湖镇", "--stale", "--dry-run", "--json", FOOTAGE_CAMPAIGN=str(changed))

    assert fresh.objects == []
    assert [(item["job"], item["dry_run"]) for item in stale.objects] == [(job, True)]
    assert stale.objects[0]["recipe"] != stale.objects[0]["new"]
    assert wait(rig, job)["recipe"] == stale.objects[0]["recipe"]


def test_reprocess_leaves_what_would_not_change_and_runs_again_what_might(rig, tmp_path):
    same = clips.make(tmp_path / "same.mp4", clips.Clip(seconds=1, width=320, height=180))
    (tmp_path / "text.mp4").write_text("no film", encoding="utf-8")
    published, rejected = (
        rig("submit", path, "--unit", "钱坑镇", "--wait", "--json").objects[0] for path in (same, tmp_path / "text.mp4")
    )

    listed = rig("reprocess", "--unit", "钱坑镇", "--dry-run", "--json").objects
    told = rig("reprocess", "--unit", "钱坑镇").out

    assert [item["job"] for item in listed] == [rejected["job"]]
    assert "已排队 1 个任务；另有 1 个配方未变，已略过" in told
    assert wait(rig, rejected["job"])["lane"] == "bulk"
    assert wait(rig, published["job"])["lane"] == "video"
    assert len(rig("reprocess", "--unit", "钱坑镇", "--all", "--dry-run", "--json").objects) == 2


def test_a_portal_that_speaks_the_queue_alone_submits_by_a_message(rig, seaweed, valkey, tmp_path):
    # Given a file in the store, and nothing but a client of Redis (docs/api.md)
    original, name = clips.make(tmp_path / "queue.mp4", clips.Clip(seconds=1)), uuid4().hex
    variables = dict(rig.more)
    prefix = variables["FOOTAGE_STORE_URL"].rpartition("/")[2]
    seaweed.store(prefix).put(f"incoming/{name}", original, media_type="video/mp4")
    said = {"id": name, "name": "巡查.mp4", "unit": "南山", "date": "2020-06-16", "urgent": True}
    message = {
        "queue_name": "submissions",
        "actor_name": "submit",
        "args": [],
        "kwargs": said,
        "options": {"redis_message_id": name},
        "message_id": name,
        "message_timestamp": int(time.time() * 1000),
    }

    # When it sends the message, twice
    with closing(Redis.from_url(valkey.url)) as queue:
        for _ in range(2):
            queue.hset("footage:submissions.msgs", name, json.dumps(message))
            queue.rpush("footage:submissions", name)

    # Then one job is made, and published
    deadline = time.monotonic() + 60
    while not (jobs := rig("status", "--unit", "南山镇", "--json").objects):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert [(job["name"], job["date"], job["lane"]) for job in jobs] == [("巡查.mp4", "2020-06-16", "urgent")]
    assert wait(rig, jobs[0]["id"])["state"] == "published"


def test_submit_keeps_the_job_while_the_queue_is_away_and_a_sweep_brings_it_back(rig, tmp_path):
    original = clips.make(tmp_path / "away.mp4", clips.Clip(seconds=1))

    done = rig("submit", original, "--json", FOOTAGE_BROKER_URL="redis://127.0.0.1:1/0")

    assert done.status == 0
    assert done.objects[0]["state"] == "queued"
    assert wait(rig, done.objects[0]["job"])["state"] == "published"


def test_a_cancelled_job_stops_its_ffmpeg_within_two_seconds_and_publishes_nothing(rig, seaweed, tmp_path):
    original = clips.repeated(tmp_path / "long.mp4", clips.Clip(seconds=4, width=320, height=180), 30)
    job = rig("submit", original, "--json").objects[0]["job"]
    while not working(rig, job, "ffmpeg"):
        time.sleep(0.05)

    told = rig("cancel", job, "--json")
    cancelled = time.monotonic()
    while working(rig, job):
        assert time.monotonic() - cancelled < 2
        time.sleep(0.02)
    again = rig("cancel", job)

    store = seaweed.store(dict(rig.more)["FOOTAGE_STORE_URL"].rpartition("/")[2])
    original_sha256 = told.objects[0]["original"]
    assert (told.status, told.objects[0]["state"]) == (0, "cancelled")
    assert (again.status, "已取消" in again.out) == (0, True)
    assert rig("status", job, "--json").objects[0]["state"] == "cancelled"
    assert not [blob for blob in store.list("published/") if original_sha256 in blob.key]


def working(rig: Footage, job: str, program: str = "") -> list[int]:
    """The processes that work in this job's scratch folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if job in str((process / "cwd").readlink()) and program in (process / "cmdline").read_text():
                found.append(int(process.name))
    return found


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes long enough to be interrupted."""
    return clips.repeated(tmp_path_factory.mktemp("minute") / "long.mp4", clips.Clip(4, 320, 180), 15)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "TERM"])
def test_process_that_is_interrupted_leaves_a_cancelled_job_and_no_child(footage, minute, how):
    scratch = footage.home / "scratch"
    running = footage.start("process", str(minute))
    while not (found := list(scratch.glob("*"))) or not working(footage, found[0].name, "ffmpeg"):
        time.sleep(0.05)

    running.send_signal(how)

    assert running.wait(10) == 130
    (job,) = footage("status", "--json").objects
    assert (job["id"], job["state"]) == (found[0].name.partition("-")[0], "cancelled")
    assert not working(footage, job["id"])
    assert not list(scratch.iterdir())
