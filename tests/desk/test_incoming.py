"""A file that a portal has put into the store itself is received, by a call or by the store's own event."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.conftest import Desk


def put(desk: Desk, folder: Path, job: str, data: bytes = b"a film") -> None:
    (folder / "file").write_bytes(data)
    desk.context.store.put(f"incoming/{job}", folder / "file", media_type="video/mp4")


def announced(desk: Desk) -> str:
    return str(desk.client.post("/api/submissions", json={"name": "巡查.mp4"}).json()["job"])


def by_s3(job: str) -> dict:
    thing = {"bucket": {"name": "footage"}, "object": {"key": f"rig/incoming/{job}", "size": 6}}
    return {"Records": [{"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": thing}]}


def by_seaweedfs(job: str) -> dict:
    entry = {"new_entry": {"name": job, "attributes": {"file_size": "6"}}}
    return {"key": f"/buckets/footage/rig/incoming/{job}", "event_type": "create", "message": entry}


def test_what_was_put_is_collected_once_and_taken_out_of_the_way(desk: Desk, tmp_path):
    job = announced(desk)
    put(desk, tmp_path, job)

    first, again = (desk.client.post(f"/api/submissions/{job}/collect") for _ in range(2))

    assert (first.status_code, first.json()["state"], first.json()["original"]["size"]) == (202, "queued", 6)
    assert again.json() == first.json()
    assert desk.context.store.stat(f"incoming/{job}") is None


def test_where_nothing_was_put_that_is_told(desk: Desk):
    answer = desk.client.post(f"/api/submissions/{announced(desk)}/collect")

    assert (answer.status_code, answer.json()["code"]) == (422, "nothing-there")


@pytest.mark.parametrize("event", [by_s3, by_seaweedfs])
def test_an_event_of_the_store_submits(desk: Desk, tmp_path, event):
    job = announced(desk)
    put(desk, tmp_path, job)

    answers = [desk.client.post("/api/s3-events", json=event(job)) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"collected": [job], "ignored": 0}] * 2
    assert desk.ledger.job(job).state == "queued"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": "none"},
        {"Records": [7, {"eventName": "ObjectRemoved:Delete"}, {"eventName": "ObjectCreated:Put", "s3": []}]},
        by_s3("0" * 32),
        by_s3("../../originals/aa"),
        {"key": "/buckets/footage/rig/published/aa/bb", "event_type": "create"},
        {"key": f"/buckets/footage/rig/incoming/{'0' * 32}", "event_type": "delete"},
    ],
)
def test_an_event_of_anything_else_is_ignored(desk: Desk, event):
    answer = desk.client.post("/api/s3-events", json=event)

    assert (answer.status_code, answer.json()["collected"]) == (200, [])


def test_only_the_submitter_collects_and_only_a_key_for_every_unit_tells_of_events(desk: Desk, tmp_path):
    job = announced(desk)
    put(desk, tmp_path, job)

    assert desk.holding(["submit"]).post(f"/api/submissions/{job}/collect").status_code == 404
    assert desk.holding(["submit"], "棉湖镇").post("/api/s3-events", json=by_s3(job)).status_code == 403
    assert desk.holding(["read"]).post("/api/s3-events", json=by_s3(job)).status_code == 403
    assert desk.ledger.job(job).state == "received"
