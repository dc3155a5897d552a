"""With one `Idempotency-Key` an upload by tus is one upload, which goes on where it stopped, even after a day."""

from __future__ import annotations

import base64

from tests.desk.conftest import Desk

TUS = {"Tus-Resumable": "1.0.0"}
NAME = f"filename {base64.b64encode('巡查.mp4'.encode()).decode()}"


def begun(desk: Desk, once: str = "k1") -> str:
    """Begin an upload of ten bytes; return where it goes."""
    asked = {**TUS, "Upload-Length": "10", "Upload-Metadata": NAME, "Idempotency-Key": once}
    answer = desk.client.post("/api/tus", headers=asked)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def sent(desk: Desk, place: str, data: bytes, offset: int) -> int:
    about = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return int(desk.client.patch(place, content=data, headers=about).headers["upload-offset"])


def offset(desk: Desk, place: str) -> int:
    return int(desk.client.head(place, headers=TUS).headers["upload-offset"])


def test_an_upload_that_is_begun_again_keeps_its_bytes(desk: Desk):
    place = begun(desk)
    assert sent(desk, place, b"abcd", 0) == 4

    again = begun(desk)

    assert (again, offset(desk, again)) == (place, 4)
    assert begun(desk, "k2") != place


def test_an_upload_that_was_given_up_may_be_begun_again(desk: Desk):
    place = begun(desk)
    sent(desk, place, b"abcd", 0)
    desk.client.delete(place, headers=TUS)

    again = begun(desk)

    assert (again, offset(desk, again)) == (place, 0)
    assert sent(desk, again, b"ten bytes.", 0) == 10
    assert desk.ledger.job(place.rpartition("/")[2]).state == "queued"


def refused(desk: Desk, length: int = 10) -> tuple[int, str]:
    asked = {**TUS, "Upload-Length": str(length), "Upload-Metadata": NAME, "Idempotency-Key": "k1"}
    answer = desk.client.post("/api/tus", headers=asked)
    return answer.status_code, answer.json()["code"]


def test_a_key_is_not_for_a_file_of_another_length(desk: Desk):
    place = begun(desk)
    sent(desk, place, b"abcd", 0)

    assert refused(desk, length=11) == (422, "key-reused")
    assert offset(desk, place) == 4


def test_what_was_cancelled_after_its_bytes_came_says_how_it_goes_on(desk: Desk):
    place = begun(desk)
    sent(desk, place, b"ten bytes.", 0)
    desk.client.post(f"/api/submissions/{place.rpartition('/')[2]}/cancel")

    assert refused(desk) == (422, "cancelled")
