"""Graphics cards are tried before they are used, and left alone where they fail. On a machine without one: it fails."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from pipelines.tools.ffmpeg import hardware
from tests.media import clips
from tests.unit.facts import small_rules
from worker.app import open_service
from worker.settings import Settings

NAMED = ("nvenc", "qsv", "vaapi")


def campaign_with_cards(folder: Path) -> Path:
    path = folder / "cards.toml"
    path.write_text(small_rules().replace("hardware = []", 'hardware = ["nvenc", "qsv", "vaapi"]'), encoding="utf-8")
    return path


def test_an_encoder_that_works_passes_its_trial_confined(monkeypatch, tmp_path):
    settings = Settings(home=tmp_path / "home", reserve_bytes=0, campaign=str(campaign_with_cards(tmp_path)))
    profile = open_service(settings).campaign.video_profile("zhubo")
    monkeypatch.setattr(hardware, "hardware", lambda codec, kind: "libx264")

    assert hardware.working.__wrapped__(profile, confined=True) == NAMED


@pytest.mark.parametrize("claimed", ["qsv", "vaapi"])
def test_a_card_that_fails_at_a_job_is_replaced_by_the_processor(monkeypatch, tmp_path, caplog, claimed):
    settings = Settings(home=tmp_path / "home", reserve_bytes=0, campaign=str(campaign_with_cards(tmp_path)))
    service = open_service(settings)
    monkeypatch.setattr(hardware, "working", lambda profile, confined: (claimed,))  # it did, when it was tried
    original = clips.make(tmp_path / "clip.mp4", clips.Clip(seconds=1, width=320, height=180))

    with caplog.at_level(logging.WARNING, "footage"):
        job = service.run(service.submit(original, service.submission("clip.mp4")).id)

    service.export(job, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert job.state == "published", job.findings
    assert manifest["plan"]["encoding"]["encoder"] == "libx264"
    assert [record.tool for record in caplog.records] == [f"h264_{claimed}"]


def test_a_machine_without_cards_finds_that_out_and_says_so(tmp_path, caplog):
    settings = Settings(home=tmp_path / "home", reserve_bytes=0, campaign=str(campaign_with_cards(tmp_path)))
    profile = open_service(settings).campaign.video_profile("zhubo")

    with caplog.at_level(logging.WARNING, "footage"):
        found = hardware.working.__wrapped__(profile, confined=True)

    told = {record.encoder for record in caplog.records}
    assert set(found) | told == set(NAMED)
    assert not set(found) & told
