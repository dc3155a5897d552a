"""The road from upload to download, over HTTP, on a machine that `footage up` runs."""

from __future__ import annotations

import hashlib
import os
import signal
import time

import pytest
from PIL import Image

from tests.media import clips
from tests.up import Machine, workers_of


@pytest.fixture(scope="module")
def sent(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = clips.make(tmp_path_factory.mktemp("sent") / "应急演练 <b>.mp4", clips.Clip(seconds=9))
    return machine.send(path, unit="河婆街道", programme="nanyue", activity="yanlian", date="2020-07-01")


def test_an_upload_ends_published_with_links_to_its_outputs(machine, sent):
    roles = [output["role"] for output in sent["outputs"]]

    assert (sent["state"], sent["unit"], sent["percent"]) == ("published", "河婆街道", 100.0)
    assert {role: roles.count(role) for role in set(roles)} == {
        "master": 1,
        "poster": 1,
        "still": 4,
        "thumbnail": 2,
        "storyboard": 2,
        "clip": 1,
    }
    for output in sent["outputs"]:
        body = machine.api.get(output["url"])
        assert hashlib.sha256(body.content).hexdigest() == output["sha256"], output["name"]
        assert body.headers["content-type"].startswith(output["media_type"])


def test_a_player_can_read_a_part_of_the_master(machine, sent):
    url = next(output["url"] for output in sent["outputs"] if output["role"] == "master")

    part = machine.api.get(url, headers={"Range": "bytes=100-199"})

    assert (part.status_code, len(part.content)) == (206, 100)


def test_a_download_is_saved_under_the_files_own_name(machine, sent):
    url = next(output["url"] for output in sent["outputs"] if output["role"] == "master")

    head = machine.api.get(url + "?download=1").headers["content-disposition"]

    assert head.startswith("attachment")
    assert "%E5%BA%94%E6%80%A5%E6%BC%94%E7%BB%83" in head
    assert head.isascii()


def test_the_page_shows_names_as_text_and_nothing_else(machine, sent):
    page = machine.api.get("/", params={"unit": "河婆街道"})

    assert page.status_code == 200
    assert "应急演练 &lt;b&gt;.mp4" in page.text
    assert "<b>.mp4" not in page.text
    assert "安全生产南粤行" in page.text
    assert f"/items/{sent['job']}" in page.text
    assert f"/files/{sent['job']}/master.mp4" in machine.api.get(f"/items/{sent['job']}").text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_refused_file_is_told_in_chinese(machine, tmp_path):
    path = tmp_path / "空白.mp4"
    path.write_text("没有画面", encoding="utf-8")

    state = machine.send(path)

    assert (state["state"], state["outputs"]) == ("rejected", [])
    assert [finding["code"] for finding in state["findings"]] == ["not-media"]


def test_bytes_that_differ_from_the_promised_hash_are_not_taken(machine, tmp_path):
    announced = machine.api.post("/api/submissions", json={"name": "x.jpg"}).json()
    before = {*(machine.footage.home / "uploads").iterdir()}  # of other tests, which go on another day

    answer = machine.api.put(announced["upload"], content=b"damaged", headers={"X-Content-SHA256": "0" * 64})

    assert (answer.status_code, answer.json()["code"]) == (422, "upload-damaged")
    assert machine.api.get(f"/api/submissions/{announced['job']}").json()["state"] == "received"
    assert {*(machine.footage.home / "uploads").iterdir()} <= before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/submissions/nonsense", 404),
        ("GET", "/files/nonsense/master.mp4", 404),
        ("PUT", "/api/uploads/nonsense", 404),
        ("GET", "/files/x/..%2f..%2fledger.sqlite", 404),
        ("GET", "/static/../app.py", 404),
    ],
)
def test_what_is_not_there_is_not_found(machine, method, path, status):
    answer = machine.api.request(method, path, content=b"x" if method == "PUT" else None)

    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_another_file_for_the_same_job_is_not_taken(machine, tmp_path):
    first, second = tmp_path / "first.jpg", tmp_path / "second.jpg"
    Image.new("RGB", (2000, 1500), "teal").save(first)
    Image.new("RGB", (2000, 1500), "navy").save(second)
    announced = machine.api.post("/api/submissions", json={"name": "x.jpg"}).json()

    answers = [machine.api.put(announced["upload"], content=path.read_bytes()) for path in (first, first, second)]

    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert answers[2].json()["code"] == "upload-differs"


def test_every_wrong_request_is_answered_in_one_shape(machine):
    answers = [
        machine.api.post("/api/submissions", content=b"{"),
        machine.api.post("/api/submissions", content=b'{"name": "\\ud800"}'),
        machine.api.get("/api/submissions", params={"limit": "many"}),
        machine.api.get("/nonsense"),
        machine.api.delete("/api/submissions"),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 404, 405]
    assert all(set(answer.json()) == {"type", "title", "status", "detail", "code"} for answer in answers)


def test_an_unknown_programme_or_field_is_refused(machine):
    programme = machine.api.post("/api/submissions", json={"name": "x.mp4", "programme": "nonsense"})
    field = machine.api.post("/api/submissions", json={"name": "x.mp4", "colour": "red"})

    assert (programme.status_code, programme.json()["code"]) == (422, "unknown-programme")
    assert field.status_code == 422


def test_a_worker_that_is_killed_is_started_again_and_its_job_is_done(machine, tmp_path):
    # A source that takes a while, so that the kill falls into the work.
    path = clips.make(tmp_path / "long.mp4", clips.Clip(seconds=3, width=1280, height=720))
    announced = machine.api.post("/api/submissions", json={"name": path.name}).json()
    machine.api.put(announced["upload"], content=path.read_bytes())
    deadline = time.monotonic() + 60
    while machine.api.get(f"/api/submissions/{announced['job']}").json()["stage"] != "render":
        assert time.monotonic() < deadline, "it does not render"
        time.sleep(0.05)

    killed = workers_of(machine.process.pid)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    state = machine.ended(announced["job"])

    assert len(killed) == 3
    assert state["state"] == "published"
    assert machine.footage("status", announced["job"], "--json").objects[0]["deaths"] == 1
    assert machine.process.poll() is None
    deadline = time.monotonic() + 15
    while list((machine.footage.home / "scratch").iterdir()):
        assert time.monotonic() < deadline, "the scratch of the killed worker is still there"
        time.sleep(0.2)


def test_a_photo_goes_through_its_own_lane(machine, tmp_path):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (2400, 1600), "teal").save(path)

    state = machine.send(path)

    assert (state["state"], [output["name"] for output in state["outputs"]]) == (
        "published",
        ["photo.jpg", "thumbnail-320.jpg", "thumbnail-640.jpg"],
    )


def test_what_is_announced_as_urgent_goes_through_the_urgent_lane(machine, tmp_path):
    path = tmp_path / "urgent.jpg"
    Image.new("RGB", (2400, 1600), "red").save(path)

    state = machine.send(path, urgent=True)

    assert state["state"] == "published"
    assert machine.footage("status", state["job"], "--json").objects[0]["lane"] == "urgent"
