"""What an edit settles is told by a finding's scope, and a publication's missing output by its name."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pipelines.domain.errors import GateFailed
from pipelines.domain.model import Expectation, Output
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.jobs.edit_records import EditResult, enter
from pipelines.jobs.edit_session import EditSession
from pipelines.sandbox.limits import Scratch
from pipelines.scheduling.leases import leased
from pipelines.stages.verify import verify
from storage.lease_names import job_lease
from storage.records import RecordedFinding
from worker.app import open_context
from worker.settings import Settings


def test_a_unit_named_like_a_channel_keeps_its_finding_when_an_edit_is_withdrawn(tmp_path: Path) -> None:
    context = open_context(Settings(home=tmp_path, sandbox="off"))
    with closing(context.ledger):
        ours = RecordedFinding("unknown-unit", "warning", actual="龙潭镇 (channel-tv.mp4)", text="单位不在名单中")
        theirs = RecordedFinding("caption-cut", "warning", actual="tv", scope="edition", text="字幕过长")
        job = context.ledger.create(name="a.mp4", programme="zhubo")
        job = context.ledger.move(job.id, ["received"], state="published", findings=[ours, theirs]) or job
        enter(context.ledger, job.id, EditResult(EditRequest(channels=("tv",)), None))

        with leased(context.ledger.leases, job_lease(job.id), "test") as lease:
            EditSession(context, job, lease, lambda *_: None, lambda _: None).withdraw(None)

        told = context.ledger.job(job.id)
    assert told is not None
    assert told.findings == (ours,)


def test_an_output_that_was_not_made_is_told_as_missing_whoever_promised_it(tmp_path: Path) -> None:
    promised = Output("channel-tv.mp4", "rendition", "video/mp4", Expectation())

    with pytest.raises(GateFailed) as caught:
        verify([promised], Scratch(tmp_path, confined=False), lambda: None)

    assert [(found.code, found.output) for found in caught.value.findings] == [("missing", "channel-tv.mp4")]
