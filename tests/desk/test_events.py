"""A portal follows a submission by server-sent events, from its state now to its end."""

from __future__ import annotations

import json
import threading
import time

from tests.desk.conftest import Desk


def read(answer) -> list[dict]:
    """Return the data of each event of a stream that has ended."""
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]


def test_each_change_is_told_once_and_the_stream_ends_with_the_submission(desk: Desk):
    job = desk.submit()

    def end() -> None:
        time.sleep(1.5)
        desk.ledger.cancel(job.id)

    ending = threading.Thread(target=end)
    ending.start()
    answer = desk.client.get(f"/api/submissions/{job.id}/events")
    ending.join()

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [state["state"] for state in read(answer)] == ["received", "cancelled"]
    assert {state["job"] for state in read(answer)} == {job.id}


def test_the_events_of_anothers_submission_are_unknown(desk: Desk):
    job = desk.submit(unit="棉湖镇")

    answer = desk.holding(["read"], "河婆街道").get(f"/api/submissions/{job.id}/events")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-job")
