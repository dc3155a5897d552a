"""A portal without credentials of the object store sends a large file straight to it, in parts that the desk signs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from pipelines.jobs.part_uploads import divided
from tests.desk.conftest import Desk, opened
from tests.servers.seaweed import Seaweed
from worker.settings import Settings

MIB = 1 << 20
FILM = os.urandom(MIB) * 17 + b"end"
PHOTO = os.urandom(1000)  # of one part, where their number is not the point


@pytest.fixture
def rig(tmp_path: Path, seaweed: Seaweed) -> Iterator[Desk]:
    """A desk on an S3 server."""
    settings = Settings(
        home=tmp_path / "home",
        sandbox="off",
        reserve_bytes=0,
        max_upload_bytes=1 << 30,
        **seaweed.settings(f"parts-{uuid4().hex}"),
    )
    with opened(settings, tmp_path) as at:
        yield at


def announced(desk: Desk) -> str:
    return str(desk.client.post("/api/submissions", json={"name": "巡查.mp4"}).json()["job"])


def offered(desk: Desk, job: str, size: int = len(FILM), upload: str = "") -> dict[str, Any]:
    answer = desk.client.post(f"/api/submissions/{job}/parts", json={"size": size, "upload": upload})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(offer: dict[str, Any], *numbers: int, file: bytes = FILM) -> None:
    for part in offer["parts"]:
        if part["number"] in numbers:
            begin = (part["number"] - 1) * offer["part_size"]
            assert httpx.put(part["url"], content=file[begin : begin + offer["part_size"]]).status_code == 200


def done(desk: Desk, job: str, offer: dict[str, Any], size: int = len(FILM)) -> httpx.Response:
    return desk.client.post(f"/api/submissions/{job}/parts/done", json={"size": size, "upload": offer["upload"]})


def test_a_file_sent_in_parts_is_received_whole(rig):
    job = announced(rig)
    offer = offered(rig, job)
    send(offer, 1, 2)

    first, again = done(rig, job, offer), done(rig, job, offer)

    assert [part["number"] for part in offer["parts"]] == [1, 2]
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    assert first.json()["original"] == {"sha256": hashlib.sha256(FILM).hexdigest(), "size": len(FILM)}
    assert again.json() == first.json()
    assert [*rig.context.store.list("incoming/")] == []


def test_what_is_missing_is_named_and_only_that_is_asked_for_again(rig):
    job = announced(rig)
    offer = offered(rig, job)
    send(offer, 1)

    refused = done(rig, job, offer)
    rest = offered(rig, job, upload=offer["upload"])
    send(rest, 2)

    assert (refused.status_code, refused.json()["code"]) == (422, "parts-missing")
    assert "还有 1 段没有传完（第 2 段）" in refused.json()["detail"]
    assert [part["number"] for part in rest["parts"]] == [2]
    assert done(rig, job, rest).status_code == 202


def test_a_part_of_another_size_is_missing(rig):
    job = announced(rig)
    offer = offered(rig, job)
    send(offer, 1)
    httpx.put(offer["parts"][1]["url"], content=b"short")

    assert done(rig, job, offer).json()["code"] == "parts-missing"


def test_an_address_is_good_for_its_own_part_alone(rig):
    job = announced(rig)
    first, _ = offered(rig, job)["parts"]

    assert httpx.put(first["url"].replace("partNumber=1", "partNumber=2"), content=b"x").status_code == 403
    assert httpx.get(first["url"]).status_code == 403
    assert httpx.put(first["url"].partition("?")[0], content=b"x").status_code == 403


def test_an_upload_of_another_file_is_not_to_be_used(rig):
    job, other = announced(rig), announced(rig)
    offer = offered(rig, other, len(PHOTO))
    send(offer, 1, file=PHOTO)

    asked = rig.client.post(f"/api/submissions/{job}/parts", json={"size": 9, "upload": offer["upload"]})

    assert (asked.status_code, asked.json()["code"]) == (422, "upload-unknown")
    assert done(rig, job, offer, len(PHOTO)).json()["code"] == "nothing-there"
    assert done(rig, other, offer, len(PHOTO)).status_code == 202


def test_another_key_sees_nothing_of_it(rig):
    job = announced(rig)
    stranger = rig.holding(["submit"])

    asked = [
        stranger.post(f"/api/submissions/{job}/parts{end}", json={"size": 9, "upload": "x"}) for end in ("", "/done")
    ]

    assert [answer.status_code for answer in asked] == [404, 404]


def test_a_file_over_the_limit_and_a_file_that_is_there_get_no_address(rig):
    job = announced(rig)
    over = rig.client.post(f"/api/submissions/{job}/parts", json={"size": 2 << 30})
    offer = offered(rig, job, len(PHOTO))
    send(offer, 1, file=PHOTO)
    assert done(rig, job, offer, len(PHOTO)).status_code == 202

    late = rig.client.post(f"/api/submissions/{job}/parts", json={"size": 9})

    assert over.json()["code"] == "upload-too-large"
    assert (late.status_code, late.json()["code"]) == (422, "already-received")


def test_a_file_over_the_limit_is_not_joined_whatever_was_announced(rig):
    job = announced(rig)
    offer = offered(rig, job)

    answer = rig.client.post(f"/api/submissions/{job}/parts/done", json={"size": 2 << 30, "upload": offer["upload"]})

    assert (answer.status_code, answer.json()["code"]) == (422, "upload-too-large")


def test_a_cancelled_submission_gets_no_address_and_is_not_joined(rig):
    job = announced(rig)
    offer = offered(rig, job, len(PHOTO))
    send(offer, 1, file=PHOTO)
    rig.client.post(f"/api/submissions/{job}/cancel")

    again = rig.client.post(f"/api/submissions/{job}/parts", json={"size": 9})

    assert [again.json()["code"], done(rig, job, offer, len(PHOTO)).json()["code"]] == ["cancelled", "cancelled"]
    assert [*rig.context.store.list("incoming/")] == []


def test_a_store_in_a_folder_says_that_it_signs_nothing(desk):
    answer = desk.client.post(f"/api/submissions/{announced(desk)}/parts", json={"size": 9})

    assert (answer.status_code, answer.json()["code"]) == (422, "parts-unavailable")
    assert "upload 地址" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("size", "part", "count"),
    [
        (1, 16 * MIB, 1),
        (16 * MIB, 16 * MIB, 1),
        (16 * MIB + 1, 16 * MIB, 2),
        (8000 * MIB, 16 * MIB, 500),
        (8000 * MIB + 1, 17 * MIB, 471),
        (5 << 40, 10486 * MIB, 500),
    ],
)
def test_a_file_is_divided_into_at_most_500_parts_of_whole_mebibytes(size, part, count):
    assert divided(size) == (part, count)
