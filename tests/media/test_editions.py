"""An editor's own cuts, and films for channels, under another county's rules: exact, and nothing else is touched."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.domain.model import Cut, VideoFacts
from pipelines.domain.planning.framing import Move
from pipelines.domain.planning.renditions import output_of, picture_ops, plan_rendition
from pipelines.jobs.edit_session import EditSession
from pipelines.tools.ffmpeg import channel_graphs
from pipelines.tools.ffmpeg.binary import executable
from storage.custody import is_unbroken
from storage.leases import LeaseLost
from tests.media import clips, measures
from tests.running import Footage
from tests.unit.facts import analysis, other, sample, tiny_other_rules, video, video_plan
from tests.unit.test_framing import position
from worker.app import open_service
from worker.settings import Settings

SAID = (
    "--unit",
    "塔什库尔干塔吉克自治县应急管理局安全生产综合行政执法大队驻红其拉甫矿区联合检查组",
    "--place",
    "三号井",
)


def rules_text() -> str:
    """The other county's, with half the seconds for the phone: a film of half the length is too long for it."""
    phone = "max_seconds = 8\nmax_bytes = 2_000_000"
    text = tiny_other_rules()
    assert text.count(phone) == 1
    return text.replace(phone, phone.replace("8", "4"))


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "other-county.toml"
    path.write_text(rules_text(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def footage(tmp_path_factory, rules) -> Footage:
    return Footage(tmp_path_factory.mktemp("editions") / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))


@pytest.fixture(scope="module")
def before(footage, tmp_path_factory) -> dict[str, Any]:
    """A film of 8 s, published."""
    film = clips.make(
        tmp_path_factory.mktemp("film") / "film.mp4", clips.Clip(seconds=8, width=320, height=180, rate="25")
    )
    done = footage("process", film, *SAID, "--json")
    assert done.status == 0, done.err
    return done.objects[0]


@pytest.fixture(scope="module")
def after(footage, before) -> dict[str, Any]:
    """With two clips of the editor's own and a film for every channel."""
    channels = ("--channel", "station", "--channel", "phone", "--channel", "plaza")
    cuts = ("--cut", "0:01.04-0:04.16", "--cut", "5-20/3")
    done = footage("edit", before["job"], *cuts, *channels, "--by", "李", "--json")
    assert done.status == 0, done.err
    return done.objects[0]


def outputs(result: dict[str, Any], role: str = "") -> dict[str, dict[str, Any]]:
    return {it["name"]: it for it in result["outputs"] if role in {"", it["role"]}}


def path(result: dict[str, Any], name: str) -> Path:
    return Path(outputs(result)[name]["path"])


def test_only_what_was_decided_is_new(before, after):
    kept = {name: it for name, it in outputs(before).items() if it["role"] != "clip"}

    assert {name: outputs(after)[name] for name in kept} == kept
    assert set(outputs(after)) - set(kept) == {
        "clip-1.mp4",
        "clip-2.mp4",
        "channel-station.mp4",
        "channel-phone.mp4",
        "channel-plaza.mp4",
    }
    assert after["manifest"] == before["manifest"]


def test_the_clips_are_the_masters_frames(before, after):
    master = path(before, "master.mp4")

    for name, first, frames in (("clip-1.mp4", 26, 78), ("clip-2.mp4", 125, 42)):
        clip = path(after, name)
        assert int(measures.track(clip, "Video")["frame_count"]) == frames
        assert measures.decode_errors(clip) == ""
        apart = [
            np.abs(
                measures.frame(clip, 0.0, (320, 180)).astype(int) - measures.frame(master, n / 25, (320, 180))
            ).mean()
            for n in (first - 1, first, first + 1)
        ]
        assert min(apart) == apart[1]


def test_each_channel_is_what_its_profile_says(after):
    station, phone, plaza = (path(after, f"channel-{name}.mp4") for name in ("station", "phone", "plaza"))
    facts = {it: measures.track(it, "Video") for it in (station, phone, plaza)}

    assert [(it["width"], it["height"]) for it in facts.values()] == [(720, 576), (360, 640), (640, 160)]
    assert (facts[station]["scan_type"], facts[station]["scan_order"], facts[station]["frame_rate"]) == (
        "MBAFF",  # x264 has its fields pair by pair of macroblocks
        "TFF",
        "25.000",
    )
    assert {it["scan_type"] for it in (facts[phone], facts[plaza])} == {"Progressive"}
    assert {it["color_primaries"] for it in facts.values()} == {"BT.709"}
    assert [bool(measures.track(it, "Audio")) for it in (station, phone, plaza)] == [True, True, False]
    assert [measures.decode_errors(it) for it in (station, phone, plaza)] == ["", "", ""]


def test_a_channel_has_its_length_and_its_level(after):
    lengths = [outputs(after)[f"channel-{name}.mp4"]["duration"] for name in ("station", "phone", "plaza")]

    # 3.12 and 1.68 seconds, a dissolve of 0.4 between; four seconds are too few for both; a loop dissolves twice.
    assert lengths == pytest.approx([4.4, 3.12, 4.0], abs=0.03)
    assert loudness(path(after, "channel-station.mp4")) == pytest.approx(-27, abs=1)
    assert loudness(path(after, "channel-phone.mp4")) == pytest.approx(-18, abs=1)


def loudness(film: Path) -> float:
    said = subprocess.run(
        [executable(), "-hide_banner", "-i", str(film), "-af", "loudnorm=print_format=json", "-f", "null", "-"],
        capture_output=True,
        check=True,
        text=True,
    ).stderr
    return float(json.loads(said[said.rindex("{") : said.rindex("}") + 1])["input_i"])


def test_a_loop_ends_as_it_begins(before, after):
    loop, master = path(after, "channel-plaza.mp4"), path(before, "master.mp4")

    first, last = (measures.frame(loop, time, (640, 160)).astype(int) for time in (0.0, 3.96))
    other_time = measures.frame(loop, 2.0, (640, 160)).astype(int)

    assert np.abs(first - last).mean() < np.abs(first - other_time).mean() / 2
    assert master.is_file()


def test_captions_are_on_the_picture_for_as_long_as_they_should(after):
    station = path(after, "channel-station.mp4")
    early, late = (measures.frame(station, time, (720, 576)) for time in (0.2, 3.0))

    assert early[300, 30].tolist() == pytest.approx([0, 128, 0], abs=12)  # the card covers all
    assert late[300, 30].tolist() != pytest.approx([0, 128, 0], abs=40)  # for one second alone
    assert late[65, 170].tolist() == pytest.approx([128, 32, 0], abs=12)  # the banner to the end
    assert late[300, 360].tolist() != pytest.approx([128, 32, 0], abs=40)


def test_a_name_too_long_is_told(after):
    assert "caption-cut" in {finding["code"] for finding in after["findings"]}


def test_the_decision_is_kept_and_can_be_read_by_an_editors_program(footage, before, after, tmp_path):
    listed = footage("cuts", before["job"], "--json").objects[0]["cuts"]
    edl = tmp_path / "cuts.edl"
    edl.write_text(footage("cuts", before["job"], "--edl").out, encoding="utf-8")

    again = footage("edit", before["job"], "--cuts", edl, "--by", "李", "--json").objects[0]

    assert [(it["start"], it["end"]) for it in listed] == [("26/25", "104/25"), ("5", "167/25")]
    assert listed[0]["reasons"] == ["编辑选定（李）"]
    assert outputs(again) == outputs(after)  # the very same decision is the very same publication


def test_a_job_made_anew_keeps_what_was_decided(footage, rules, before, after):
    service = open_service(Settings(home=footage.home, campaign=str(rules), reserve_bytes=0))
    (renewal,) = service.batches.renewals(service.find(), stale=False)

    (job,) = service.batches.reprocess([renewal])
    job = service.run(job.id)

    assert job.state == "published"
    assert {it.name for it in service.outputs([job])[job.id]} == set(outputs(after))
    kinds = [event.kind for event in service.custody(job.original)]
    assert kinds.count("edited") == 1


def test_a_decision_whose_worker_went_away_is_said_to_be_pending_until_it_is_made(
    footage, rules, before, after, monkeypatch
):
    service = open_service(Settings(home=footage.home, campaign=str(rules), reserve_bytes=0))

    def gone(*_):
        raise LeaseLost("its worker was told to stop")

    (job,) = service.batches.reprocess(service.batches.renewals(service.find(), stale=False))
    with monkeypatch.context() as patched:
        patched.setattr(EditSession, "_as_far_as_possible", gone)
        left = service.run(job.id)
    done = service.editor.edit(job.id, service.editor.decision(job.id))

    assert left.state == done.state == "published"
    assert "edition-pending" in {finding.code for finding in left.findings}
    assert "edition-pending" not in {finding.code for finding in done.findings}
    assert {it.name for it in service.outputs([done])[done.id]} == set(outputs(after))


def test_what_can_not_be_carried_out_again_is_kept_and_said(footage, before, after, tmp_path):
    """Another year the campaign has no such channel; what else was decided is made all the same."""
    campaign = tmp_path / "later.toml"
    campaign.write_text(rules_text().replace("[channels.phone]", "[channels.telephone]"), encoding="utf-8")
    service = open_service(Settings(home=footage.home, campaign=str(campaign), reserve_bytes=0))
    decided = service.editor.decision(before["job"])

    (job,) = service.batches.reprocess(service.batches.renewals(service.find(), stale=False))
    job = service.run(job.id)

    names = {it.name for it in service.outputs([job])[job.id]}
    assert job.state == "published"
    assert set(outputs(after)) - names == {"channel-phone.mp4"}
    assert "channel-gone" in {finding.code for finding in job.findings}
    assert service.editor.decision(job.id) == decided
    again = service.editor.edit(job.id, service.editor.revised(job.id, cuts=[], reel=[], channels=[], editor=""))
    assert again.state == "published"


def test_no_clips_are_missed_where_an_editor_made_one_until_that_is_taken_back(footage, tmp_path):
    film = clips.make(tmp_path / "short.mp4", clips.Clip(seconds=2, width=320, height=180))
    job = footage("process", film, "--json").objects[0]["job"]

    told = [
        {finding["code"] for finding in footage(*words, "--json").objects[0]["findings"]}
        for words in (["status", job], ["edit", job, "--cut", "0-1.5"], ["edit", job, "--reset"])
    ]

    assert ["no-clips" in codes for codes in told] == [True, False, True]


def test_replaced_editions_are_pruned_and_custody_keeps_that_they_were_there(rules, tmp_path):
    footage = Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))
    film = clips.make(tmp_path / "short.mp4", clips.Clip(seconds=2, width=320, height=180))
    first = footage("process", film, "--json").objects[0]
    for span in ("0-1.2", "0-1.4", "0-1.6"):
        assert footage("edit", first["job"], "--cut", span).status == 0
    kept = {path for path in footage.stored("published") if path.parent == Path(first["manifest"]).parent}

    young = footage("prune", "--json").objects
    listed = footage("prune", "--days", "0", "--dry-run", "--json").objects
    before = set(footage.stored("published"))
    pruned = footage("prune", "--days", "0", "--json").objects
    again = footage("prune", "--days", "0", "--json").objects

    service = open_service(Settings(home=footage.home, campaign=str(rules), reserve_bytes=0))
    chain = service.custody(first["original"]["sha256"])
    left = set(footage.stored("published"))
    assert (young, again) == ([], [])
    assert [it | {"dry_run": False} for it in listed] == pruned
    assert len(pruned) == 2
    assert len(before - left) == sum(it["files"] for it in pruned)
    assert kept <= left
    assert [event.kind for event in chain].count("edition-pruned") == 2
    assert is_unbroken(chain)
    assert len(footage("cuts", first["job"], "--json").objects[0]["cuts"]) == 1  # the one that stands
    assert footage("edit", first["job"], "--cut", "0-1.2").status == 0  # and one that was pruned is made again


def test_what_was_decided_can_be_taken_back(footage, before, after):
    back = footage("edit", before["job"], "--reset", "--json").objects[0]

    assert outputs(back) == outputs(before)
    assert footage("edit", before["job"], "--json").status == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cut", "20-30"), "超出成片"),
        (("--cut", "3-3.2"), "太短"),
        (("--cut", "x-3"), "无法识别"),
        (("--channel", "moon"), "没有渠道"),
        (("--cut", "5-3"), "不在入点"),
        (("--cuts", "/nowhere.json"), "无法读取"),
        (("--cuts", "/dev/zero"), "只能是"),
        (("--reset", "--channel", "phone"), "不能与"),
    ],
)
def test_what_can_not_be_done_is_told(footage, before, arguments, said):
    done = footage("edit", before["job"], *arguments)

    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_cut_list_is_not_read_for_ever(footage, before, tmp_path):
    endless = tmp_path / "endless.json"
    endless.symlink_to("/dev/zero")

    done = footage("edit", before["job"], "--cuts", endless)

    assert (done.status, "超过 4 MB" in done.err) == (2, True)


def test_the_narrow_frame_goes_where_it_was_told(tmp_path):
    """On a picture that gets brighter from left to right, the mean tells where the frame is."""
    film = tmp_path / "gradient.mp4"
    grey = "geq=lum='16+219*X/W':cb=128:cr=128,loop=149:1"  # drawn once, shown 150 times
    clips.ffmpeg("-f", "lavfi", "-i", f"color=size=640x360:rate=25:duration=0.04,format=yuv420p,{grey}", str(film))
    channel = other().channels["phone"].model_copy(update={"silent": True})
    facts: VideoFacts = video(
        width=640, height=360, frame_rate=Fraction(25), frames=150, duration=Fraction(6), audio=None
    )
    moves = (
        Move(Fraction(0), Fraction(0), 0.3),
        Move(Fraction(1), Fraction(2), 0.8),
        Move(Fraction(4), Fraction(0), 0.5),
    )
    whole = (Cut(Fraction(0), Fraction(6), 0.0, ()),)
    made = plan_rendition("phone", channel, whole, video_plan(other()), analysis([sample()] * 6))
    made = made.__class__(**{name: getattr(made, name) for name in made.__slots__} | {"moves": moves})

    with film.open("rb") as source:
        command = channel_graphs.arguments(
            made, output_of(made, facts, channel), (picture_ops(made, facts), ()), (), source.fileno(), 2
        )
        subprocess.run(command, cwd=tmp_path, pass_fds=[source.fileno()], check=True, capture_output=True)

    for time in (0.5, 1.6, 2.0, 2.6, 3.5, 5.0):
        seen = measures.frame(tmp_path / "channel-phone.mp4", time, (360, 640)).mean() / 255
        assert seen == pytest.approx(position(moves, Fraction(time)), abs=0.02)
