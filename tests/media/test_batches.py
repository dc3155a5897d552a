"""A batch makes again only what the rules make otherwise, keeps what stood, and brings it back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.jobs.edit_session import EditSession
from pipelines.service import Service
from storage.lease_names import RECIPES
from storage.leases import LeaseLost, Leases
from tests.media import clips
from tests.running import Footage
from tests.unit.facts import tiny_other_rules
from worker.app import open_service
from worker.settings import Settings

MASTERS = "crf = 24\npsy = 1.0\naq = 1.0\nmax_bitrate = 6_000_000"


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> Path:
    return _written(tmp_path_factory.mktemp("rules") / "rules.toml", tiny_other_rules())


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def published(tmp_path_factory, rules) -> tuple[Footage, str]:
    """A film with a clip of the editor's own and films for two channels, one of them without a caption; and a photo."""
    folder = tmp_path_factory.mktemp("batches")
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))
    film = clips.make(folder / "film.mp4", clips.Clip(seconds=4, width=320, height=180, rate="25"))
    Image.effect_noise((1400, 900), 30).convert("RGB").save(folder / "photo.jpg")
    done = footage("process", film, folder / "photo.jpg", "--unit", "塔什库尔干镇", "--json")
    assert done.status == 0, done.err
    job = next(one["job"] for one in done.objects if one["file"].endswith("film.mp4"))
    made = footage("edit", job, "--cut", "1-3", "--channel", "phone", "--channel", "plaza", "--json")
    assert made.status == 0, made.err
    return footage, job


@pytest.fixture
def under(published, tmp_path):
    """Return a service of that home under changed rules; what a test has changed is rolled back."""
    footage, _ = published
    opened: list[Service] = []

    def service(*changes: tuple[str, str]) -> Service:
        text = tiny_other_rules()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = _written(tmp_path / f"{len(opened)}.toml", text)
        opened.append(open_service(Settings(home=footage.home, campaign=str(path), reserve_bytes=0)))
        return opened[-1]

    yield service
    for one in opened:
        one.close()


def hashes(service: Service, job: str) -> dict[str, str]:
    return {asset.name: asset.sha256 for asset in service.outputs([service.status(job)])[job]}


def made(service: Service) -> tuple[Any, str]:
    """Start a batch of all jobs and run it to its end; return its estimate and its id."""
    plan = service.batches.plan(service.find(states=["published"]))
    batch = service.batches.start(plan, "试", "test", {}, 0)
    for _ in range(5):
        while service.take(["bulk"]):
            pass
        service.batches.feed()
    assert service.batches.of(batch.id)[0].state == "done"
    return plan.estimate, batch.id


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_a_changed_caption_makes_captioned_films_alone_and_is_rolled_back(under, published):
    _, job = published
    service = under(('"{county} · {unit} · {theme}"', '"{county} · {theme}"'))
    before = hashes(service, job)

    estimate, batch = made(service)
    after = hashes(service, job)
    back, left = service.batches.roll_back(batch)

    assert dict(estimate.outputs) == {"rendition": 1}
    assert changed(before, after) == {"channel-phone.mp4"}
    assert (back, left) == (1, 0)
    assert hashes(service, job) == before
    assert service.batches.of(batch)[0].state == "rolled-back"
    kinds = [event.kind for event in service.custody(service.status(job).original)]
    assert kinds[-1] == "rolled-back"


def test_a_changed_quality_makes_the_master_and_what_is_cut_from_it_and_no_photo(under, published):
    _, job = published
    service = under(
        (
            "crf = 24\npsy = 1.0\naq = 1.0\nmax_bitrate = 6_000_000",
            "crf = 34\npsy = 1.0\naq = 1.0\nmax_bitrate = 6_000_000",
        )
    )
    before = hashes(service, job)

    estimate, batch = made(service)
    after = hashes(service, job)
    (row,) = service.batches.compare(batch, 1)
    service.batches.roll_back(batch)

    assert estimate.jobs == 1
    assert {"master", "rendition", "still"} <= dict(estimate.outputs).keys()
    assert {"master.mp4", "clip-1.mp4", "channel-phone.mp4", "channel-plaza.mp4"} <= changed(before, after)
    assert 40 < float(row.vmaf) < 100
    assert "→" in row.sizes
    assert hashes(service, job) == before


def test_another_rule_for_stills_makes_stills_alone(under, published):
    _, job = published
    service = under(("stills = 5", "stills = 2"))
    before = hashes(service, job)

    estimate, batch = made(service)
    after = hashes(service, job)
    service.batches.roll_back(batch)

    assert dict(estimate.outputs).keys() <= {"still", "poster", "thumbnail"}
    assert after["master.mp4"] == before["master.mp4"]
    assert {name for name in changed(before, after) if not name.startswith(("still", "poster", "thumbnail"))} == set()
    assert sum(name.startswith("still") for name in after) == 2


def test_without_a_change_there_is_nothing_to_make(under):
    service = under()

    plan = service.batches.plan(service.find())

    assert plan.estimate.jobs == 0
    with pytest.raises(Exception, match="an empty batch"):
        service.batches.start(plan, "", "test", {}, 0)


def test_what_stood_stands_again_where_a_job_fails(under, published):
    _, job = published
    service = under(("least_side = 48", "least_side = 4000"))  # the film is too small by the rules of today
    before, stood = hashes(service, job), service.status(job)

    plan = service.batches.plan([stood])
    service = under((MASTERS, MASTERS.replace("crf = 24", "crf = 30")), ("least_side = 48", "least_side = 4000"))
    plan = service.batches.plan([stood])
    batch = service.batches.start(plan, "", "test", {}, 0)
    refused = service.take(["bulk"])
    service.batches.feed()

    (item,) = service.batches.items(batch.id)
    assert refused.state == "rejected"
    assert (item.state, "像素" in item.reason) == ("failed", True)
    assert service.status(job).state == "published"
    assert service.status(job).findings == stood.findings
    assert hashes(service, job) == before


def test_an_edit_that_a_dead_worker_left_is_carried_out_before_a_job_is_done(under, published, monkeypatch):
    _, job = published
    service = under((MASTERS, MASTERS.replace("crf = 24", "crf = 27")))
    before = hashes(service, job)
    batch = service.batches.start(service.batches.plan([service.status(job)]), "", "test", {}, 0)

    def gone(*_):
        raise LeaseLost("its worker was killed")

    with monkeypatch.context() as patched:
        patched.setattr(EditSession, "_as_far_as_possible", gone)
        service.take(["bulk"])
    half = hashes(service, job)
    service.batches.feed()
    (item,) = service.batches.items(batch.id)
    queued = (item.state, service.status(job).state)
    service.take(["bulk"])
    service.batches.feed()
    (item,) = service.batches.items(batch.id)
    after = hashes(service, job)
    service.batches.roll_back(batch.id)

    assert half["channel-phone.mp4"] == before["channel-phone.mp4"] != after["channel-phone.mp4"]
    assert queued == ("queued", "queued")
    assert (item.state, item.reason) == ("done", "")
    assert hashes(service, job) == before


def test_an_edit_waits_for_the_lease_of_a_worker_that_was_killed_at_it(under, published, monkeypatch):
    _, job = published
    service = under(('"{county} · {unit} · {theme}"', '"{county}：{theme}"'))
    before, acquire, left = hashes(service, job), Leases.acquire, list[str]()

    def after_a_dead_one(leases: Leases, name: str, holder: str, seconds: float) -> int | None:
        if name.startswith(RECIPES) and name not in left:
            left.append(name)
            acquire(leases, name, "box:dead", 3.0)
        return acquire(leases, name, holder, seconds)

    with monkeypatch.context() as patched:
        patched.setattr(Leases, "acquire", after_a_dead_one)
        _, batch = made(service)
    after = hashes(service, job)
    states = {item.state for item in service.batches.items(batch)}
    service.batches.roll_back(batch)

    assert len(left) == 1
    assert states == {"done"}
    assert changed(before, after) == {"channel-phone.mp4"}
    assert hashes(service, job) == before


def test_what_an_editor_changed_after_a_batch_is_not_taken_back(under, published):
    _, job = published
    service = under(('"{county} · {unit} · {theme}"', '"{unit} · {theme}"'))
    _, batch = made(service)
    request = service.editor.decision(job)
    service.editor.edit(job, replace(request, cuts=((Fraction(2), Fraction(4)),)))
    stands = hashes(service, job)

    back, left = service.batches.roll_back(batch)

    assert (back, left) == (0, 1)
    assert hashes(service, job) == stands
    service.editor.edit(job, request)


def test_a_batch_is_paused_gone_on_with_and_cancelled_from_the_command_line(published, tmp_path):
    footage, job = published
    text = tiny_other_rules().replace('"{county} · {unit} · {theme}"', '"{theme}"')
    rules = {"FOOTAGE_CAMPAIGN": str(_written(tmp_path / "later.toml", text))}

    looked = footage("batch", "new", "--dry-run", "--json", **rules).objects[0]
    started = footage("batch", "new", "--name", "新字幕", "--rate", "30", "--json", **rules).objects[0]
    batch = started["batch"]
    states = []
    for verb in ("pause", "resume", "pause", "cancel"):
        done = footage("batch", verb, batch)
        assert done.status == 0, done.err
        states.append(footage("batch", "show", batch, "--json").objects[0]["state"])
    names = [footage("batch", "new", "--dry-run", "--activity", name, **rules) for name in ("胡写", "帐篷课堂")]
    assert [(one.status, "可用：矿山救援比武" in one.err) for one in names] == [(2, True), (0, False)]
    assert "都不用重做" in names[1].out
    wrong = [footage("batch", "resume", batch), footage("batch", "show", "0000"), footage("batch", "rollback", batch)]
    listed = footage("batch", "list", "--json").objects[0]

    assert (looked["batch"], looked["jobs"], looked["outputs"]) == (None, 1, {"rendition": 1})
    assert states == ["paused", "running", "paused", "cancelled"]
    assert [one.status for one in wrong] == [2, 2, 0]
    assert (listed["name"], listed["rate"]) == ("新字幕", 30)
    assert footage("status", job).status == 0


def test_what_a_batch_replaced_is_pruned_and_then_not_taken_back(under, published):
    footage, job = published
    service = under((MASTERS, MASTERS.replace("crf = 24", "crf = 26")))
    old = service.status(job).manifest
    _, batch = made(service)
    stands = hashes(service, job)

    kept = [*service.batches.replaced(0.0)]
    removed = [service.batches.prune(found) for found in service.batches.replaced(2e10)]
    again = [*service.batches.replaced(2e10)]

    assert (kept, removed, again) == ([], [True], [])
    assert not (footage.home / "store" / old).exists()
    assert service.batches.roll_back(batch) == (0, 0)
    assert hashes(service, job) == stands
    assert service.custody(service.status(job).original)[-1].kind == "publication-pruned"
