"""A portal follows a submission by server-sent events, from its state now to its end."""

from __future__ import annotations

import json

import pytest

from desk.api import progress
from tests.desk.conftest import Desk


def read(answer) -> list[dict]:
    """Return the data of each event of a stream that has ended."""
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list:
    """What happens between two looks, one after the other."""
    happening: list = []

    async def between(_seconds: float) -> None:
        happening.pop(0)()

    monkeypatch.setattr(progress, "_pause", between)
    return happening


def test_each_change_is_told_once_and_the_stream_ends_with_the_submission(desk: Desk, looks: list):
    job = desk.submit()
    looks += [lambda: None, lambda: desk.ledger.cancel(job.id)]

    answer = desk.client.get(f"/api/submissions/{job.id}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [state["state"] for state in read(answer)] == ["received", "cancelled"]
    assert {state["job"] for state in read(answer)} == {job.id}


def test_a_key_follows_a_few_at_a_time_and_may_go_on_once_one_has_ended(desk: Desk, looks: list, monkeypatch):
    monkeypatch.setattr(progress, "_OF_ONE_KEY", 1)
    job, refused = desk.submit(), []
    path = f"/api/submissions/{job.id}/events"
    looks += [lambda: refused.append(desk.client.get(path).status_code), lambda: desk.ledger.cancel(job.id)]

    first, later = desk.client.get(path), desk.client.get(path)

    assert refused == [429]
    assert [answer.status_code for answer in (first, later)] == [200, 200]


def test_the_events_of_anothers_submission_are_unknown(desk: Desk):
    job = desk.submit(unit="棉湖镇")

    answer = desk.holding(["read"], "河婆街道").get(f"/api/submissions/{job.id}/events")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-job")
