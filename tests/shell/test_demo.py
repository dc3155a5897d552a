"""What a newcomer sees first: `footage demo` with its own material."""

from __future__ import annotations

from collections import Counter


def test_the_demo_publishes_everything_and_warns_of_nothing(footage):
    done = footage("demo", timeout=230)

    assert done.status == 0, done.err
    jobs = footage("status", "--json").objects
    assert [job["state"] for job in jobs] == ["published"] * 3
    told = [(job["name"], finding["code"]) for job in jobs for finding in job["findings"]]
    assert {finding["severity"] for job in jobs for finding in job["findings"]} <= {"info"}, told
    roles = Counter(path.stem.split("-")[0] for path in footage.stored("published") if path.suffix == ".mp4")
    assert roles == {"master": 2, "clip": 4}
