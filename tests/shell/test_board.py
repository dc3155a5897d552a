"""An operator sees on the board what failed, and queues it again."""

from __future__ import annotations

from tests.shell.test_people import HERE, in_session


def test_a_failed_job_is_on_the_board_and_is_queued_again(machine, tmp_path):
    announced = machine.api.post("/api/submissions", json={"name": "坏的.mp4", "unit": "坪上"}).json()["job"]
    machine.api.put(f"/api/uploads/{announced}", content=b"\0" * 4096)
    assert machine.ended(announced)["state"] == "rejected"
    with in_session(machine, "operator") as operator:
        page = operator.get("/board")
        again = operator.post(f"/board/{announced}/retry", headers=HERE)
        unknown = operator.post("/board/0/retry", headers=HERE)

    assert page.status_code == 200
    assert "通道" in page.text
    assert (again.status_code, unknown.status_code) == (303, 404)
    chain = machine.footage("status", announced, "--json").objects[0]
    assert chain["state"] in {"queued", "running", "rejected"}
