"""What a child dies of is told for what it is: a fault of ours, a crash, or too little memory; never as damage."""

from __future__ import annotations

import pytest
from PIL import Image

from pipelines.domain.errors import Crashed, Internal, OutOfMemory
from pipelines.jobs import run
from pipelines.sandbox import children
from pipelines.sandbox.child import OUT_OF_MEMORY
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.messages import DONE
from pipelines.sandbox.process import Ended
from worker.app import open_service
from worker.settings import Settings


def test_an_exception_of_our_own_in_a_child_is_internal_and_names_its_place(tmp_path):
    with pytest.raises(Internal) as caught:
        children.call("breakout", {"attempts": ["no such attempt"]}, DONE, scratch=Scratch(tmp_path))

    assert caught.value.code == "internal"
    assert "KeyError, pipelines/sandbox/breakout.py:" in caught.value.text
    assert "no such attempt" not in caught.value.text  # values may be of people


def test_a_library_that_crashes_is_no_word_on_the_file():
    assert isinstance(children.death_of("probe", Ended(-11, "")), Crashed)
    assert isinstance(children.death_of("probe", Ended(-6, "corrupted double-linked list")), Crashed)
    assert isinstance(children.death_of("probe", Ended(1, "")), Internal)
    assert isinstance(children.death_of("probe", Ended(OUT_OF_MEMORY, "")), OutOfMemory)


def test_a_job_that_meets_a_fault_of_ours_is_held_and_its_original_kept(tmp_path, monkeypatch):
    photo = tmp_path / "photo.bmp"
    Image.effect_noise((320, 240), 80).convert("RGB").save(photo)
    service = open_service(Settings(home=tmp_path / "home", reserve_bytes=0))

    def faulty(*_):
        raise AttributeError("'NoneType' object has no attribute 'name'")

    monkeypatch.setattr(run, "probe", faulty)
    job = service.run(service.submit(photo, service.submission(photo.name)).id)

    assert (job.state, job.code) == ("held", "internal")
    assert "AttributeError" in job.findings[0].text
    assert "损坏" not in job.findings[0].text
    monkeypatch.undo()
    assert service.run(service.release(job.id).id).state == "published"
