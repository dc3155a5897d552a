"""What can't be taken is told in Chinese with an English code; nothing is half-published, nothing is lost."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.media import clips
from tests.running import COMMAND, Done, Footage


def refused(footage: Footage, path: Path, code: str, state: str = "rejected") -> dict:
    """Process one bad file and check everything that holds for every bad file."""
    done = footage("process", path, "--json")

    result = done.objects[0]
    assert done.status == 1
    assert_clean(done)
    assert (result["state"], result["findings"][-1]["code"]) == (state, code)
    assert any("一" <= char <= "鿿" for char in result["findings"][-1]["text"])
    assert result["outputs"] == []
    assert footage.stored("published") == []
    assert list((footage.home / "scratch").iterdir()) == []
    assert [kept.read_bytes() for kept in footage.stored("originals")] == [path.read_bytes()]
    return result


def assert_clean(done: Done) -> None:
    assert "Traceback" not in done.err + done.out


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A transport stream of four seconds, whole."""
    return clips.make(tmp_path_factory.mktemp("streamed") / "whole.ts", clips.Clip(seconds=4)).read_bytes()


def test_an_empty_file_is_refused(footage, tmp_path):
    path = tmp_path / "空.mp4"
    path.touch()

    refused(footage, path, "empty")


def test_a_text_file_named_mp4_is_refused(footage, tmp_path):
    path = tmp_path / "说明.mp4"
    path.write_text("这不是视频\n" * 1000, encoding="utf-8")

    refused(footage, path, "not-media")


def test_an_mp4_cut_off_in_its_data_is_refused_with_the_time_where_it_breaks(footage, tmp_path):
    whole = clips.make(tmp_path / "whole.mp4", clips.Clip(seconds=4))
    streamed, path = tmp_path / "streamed.mp4", tmp_path / "cut.mp4"
    clips.ffmpeg("-i", str(whole), "-c", "copy", "-movflags", "+faststart", str(streamed))
    path.write_bytes(streamed.read_bytes()[: streamed.stat().st_size // 2])

    result = refused(footage, path, "truncated")

    assert "00:00:0" in result["findings"][0]["text"]


def test_a_transport_stream_that_breaks_off_was_switched_off_and_is_published_with_that_told(
    footage, streamed, tmp_path
):
    path = tmp_path / "cut.ts"
    path.write_bytes(streamed[: len(streamed) // 2 // 188 * 188 + 100])

    (result,) = footage("process", path, "--json").objects

    assert result["state"] == "published"
    assert ("unfinished", "warning") in {(found["code"], found["severity"]) for found in result["findings"]}
    (master,) = [output for output in result["outputs"] if output["role"] == "master"]
    assert 1 < master["duration"] < 3


def test_a_transport_stream_that_breaks_off_and_lost_packets_before_is_refused(footage, streamed, tmp_path):
    lost, end = len(streamed) // 4 // 188 * 188, len(streamed) // 2 // 188 * 188 + 100
    path = tmp_path / "cut.ts"
    path.write_bytes(streamed[:lost] + streamed[lost + 5 * 188 : end])

    refused(footage, path, "truncated")


def test_a_transport_stream_that_lost_packets_is_refused(footage, streamed, tmp_path):
    lost = len(streamed) // 2 // 188 * 188
    path = tmp_path / "lossy.ts"
    path.write_bytes(streamed[:lost] + streamed[lost + 5 * 188 :])

    refused(footage, path, "damaged")


def test_an_mp4_that_lost_its_index_is_refused(footage, tmp_path):
    whole = clips.make(tmp_path / "whole.mp4")
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])

    refused(footage, path, "truncated")


def test_a_video_with_overturned_bytes_is_never_published_as_whole(footage, tmp_path):
    whole = bytearray(clips.make(tmp_path / "whole.mp4", clips.Clip(seconds=2)).read_bytes())
    path = tmp_path / "damaged.mp4"
    for at in range(len(whole) // 4, len(whole) // 2, 997):
        whole[at] ^= 0xFF
    path.write_bytes(whole)

    refused(footage, path, "damaged")


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film in H.265, whole, its key frame larger than a few kilobytes."""
    path = tmp_path_factory.mktemp("phone") / "phone.mp4"
    picture = "testsrc2=size=640x360:rate=25:duration=0.6,noise=alls=20:allf=t"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p")
    clips.ffmpeg("-f", "lavfi", "-i", picture, *coded, str(path))
    return path.read_bytes()


@pytest.mark.parametrize("spoil", [bytes, lambda length: bytes([0xFF]) * length], ids=["zeroed", "set"])
def test_h265_whose_decoder_ends_a_broken_slice_without_a_word_is_never_published_as_whole(
    footage, phone, tmp_path, spoil
):
    path, data = tmp_path / "phone.mp4", bytearray(phone)
    first = data.index(b"mdat") + 4 + 3_000  # inside the first key frame
    data[first : first + 512] = spoil(512)
    path.write_bytes(data)

    refused(footage, path, "damaged")


def test_time_stamps_that_jump_by_hours_are_refused_and_not_filled_with_a_standing_picture(footage, tmp_path):
    parts = [tmp_path / name for name in ("early.ts", "late.ts")]
    for path, offset in zip(parts, ("0", "7200"), strict=True):
        clips.ffmpeg(
            *(
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=320x240:rate=25:duration=1",
                "-f",
                "lavfi",
                "-i",
                "sine=440:duration=1",
            ),
            *("-output_ts_offset", offset, str(path)),
        )
    path = tmp_path / "jump.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))

    result = refused(footage, path, "gap")

    assert "1 小时 59 分 5" in result["findings"][0]["text"]


def test_sound_without_a_picture_is_refused(footage, tmp_path):
    path = tmp_path / "录音.m4a"
    clips.ffmpeg("-f", "lavfi", "-i", "sine=440:duration=2", str(path))

    refused(footage, path, "no-video")


def test_a_photo_cut_off_half_way_is_refused(footage, tmp_path):
    whole, path = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    Image.effect_noise((2000, 1500), 60).convert("RGB").save(whole)
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    refused(footage, path, "truncated")


def test_a_path_that_is_not_there_is_told_and_the_others_are_done(footage, tmp_path):
    there = tmp_path / "there.jpg"
    Image.new("RGB", (2000, 1500), "teal").save(there)

    done = footage("process", tmp_path / "不存在.mp4", there, tmp_path, "--json")

    assert done.status == 1
    assert_clean(done)
    assert [(o["state"], [f["code"] for f in o["findings"]]) for o in done.objects] == [
        ("rejected", ["no-such-file"]),
        ("published", ["blank"]),
        ("rejected", ["not-a-file"]),
    ]


def test_too_little_disk_for_the_reserve_fails_before_any_work(footage, tmp_path):
    path = clips.make(tmp_path / "clip.mp4", clips.Clip(seconds=1))

    done = footage("process", path, "--json", FOOTAGE_RESERVE_BYTES=str(1 << 60))

    assert (done.status, done.objects[0]["state"]) == (1, "failed")
    assert [finding["code"] for finding in done.objects[0]["findings"]] == ["no-space"]
    assert "磁盘空间不足" in done.objects[0]["findings"][0]["text"]
    assert footage.stored("published") == []
    assert_clean(done)


def test_a_disk_that_is_full_half_way_publishes_nothing(footage, tmp_path):
    # What the plan needs is there when the work begins; then somebody else fills the disk while ffmpeg writes.
    noise = "color=gray:size=640x360:rate=30,noise=alls=100:allf=t"
    path, home = tmp_path / "noise.mp4", tmp_path / "home"
    clips.ffmpeg("-f", "lavfi", "-t", "3", "-i", noise, "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path))
    home.mkdir(exist_ok=True)
    size = path.stat().st_size * 2 + (128 << 20)
    script = f'mount -t tmpfs -o size={size} none "$1" && shift && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(home)]
    if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        pytest.skip("this kernel gives no user namespaces, so there is no small disk to fill")

    # The listing is made before the namespace, and the disk with it, is gone.
    look = 'find "$0"/store -type f -not -path "*/.*" | sed "s,^$0/,,"'
    run = " ".join(["env", f"FOOTAGE_HOME={home}", *COMMAND, "process", str(path), "--json"])
    fill = f"until ls {home}/scratch/*/master.mp4; do sleep 0.05; done; dd if=/dev/zero of={home}/filler bs=1M"
    script = f"({fill}) >/dev/null 2>&1 & {run}; echo status $?; {look.replace('$0', str(home))}"
    both = [*command, "sh", "-c", script]
    done = subprocess.run(both, capture_output=True, text=True, env=footage.environment(), timeout=120)

    assert '"state": "failed"' in done.stdout, done.stdout + done.stderr
    assert '"code": "no-space"' in done.stdout
    assert "status 1" in done.stdout
    assert "is full" in done.stderr or "No space left" in done.stderr  # not refused beforehand
    assert "store/published" not in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_wrong_campaign_file_names_file_and_key(footage, tmp_path):
    campaign = tmp_path / "错误.toml"
    campaign.write_text("[campaign]\nid = 'x'\nsurprise = 1\n", encoding="utf-8")

    done = footage("process", "x.mp4", FOOTAGE_CAMPAIGN=str(campaign))

    assert done.status == 2
    assert "错误.toml" in done.err
    assert "campaign.surprise" in done.err
    assert "campaign-invalid" in done.err
    assert_clean(done)


def test_a_picture_named_mp4_is_a_photo_and_that_is_said(footage, tmp_path):
    path = tmp_path / "隐患.mp4"
    Image.new("RGB", (2400, 1800), "orange").save(path, "JPEG")

    done = footage("process", path, "--json")

    result = done.objects[0]
    assert (done.status, result["state"]) == (0, "published")
    assert [output["role"] for output in result["outputs"]] == ["photo", "thumbnail", "thumbnail"]
    assert [finding["code"] for finding in result["findings"]] == ["name-differs", "blank"]
    assert "照片" in result["findings"][0]["text"]


def test_a_name_is_only_data(footage, tmp_path):
    paths = [
        tmp_path / name for name in ("-rf.jpg", "a b&c;$(touch pwned).jpg", "名" * 80 + ".jpg", "\u202egpj.exe.jpg")
    ]
    paths.append(tmp_path / "x\ny.jpg")
    for path, colour in zip(paths, ("navy", "teal", "maroon", "olive", "purple"), strict=True):
        Image.new("RGB", (2000, 1200), colour).save(tmp_path / "plain.jpg")
        (tmp_path / "plain.jpg").rename(path)

    done = footage("process", "--json", "--", *paths)

    assert [result["state"] for result in done.objects] == ["published"] * 5
    assert not list(Path.cwd().glob("*pwned*"))
    assert_clean(done)


def test_what_is_no_file_or_can_not_be_read_never_stops_the_others(footage, tmp_path):
    fine, fifo = tmp_path / "fine.jpg", tmp_path / "fifo.mp4"
    Image.new("RGB", (2000, 1500), "teal").save(fine)
    os.mkfifo(fifo)

    done = footage("process", tmp_path / ("n" * 300), fifo, "/dev/null", "/proc/1/mem", fine, "--json")

    codes = [[finding["code"] for finding in item["findings"]] for item in done.objects]
    assert codes[:3] == [["no-such-file"], ["not-a-file"], ["not-a-file"]]
    assert codes[3] in (["not-readable"], ["no-such-file"])
    assert (done.status, done.objects[4]["state"]) == (1, "published")
    assert_clean(done)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FOOTAGE_HOME", "/proc/x"),
        ("FOOTAGE_HOME", "/dev/null"),
        ("FOOTAGE_HOME", "~nouser/x"),
        ("FOOTAGE_LEDGER_URL", "rubbish"),
        ("FOOTAGE_LEDGER_URL", "mysql://x"),
        ("FOOTAGE_STORE_URL", "ftp://x"),
        ("FOOTAGE_BROKER_URL", "rubbish"),
        ("FOOTAGE_LOG_LEVEL", "loud"),
        ("FOOTAGE_RESERVE_BYTES", "much"),
    ],
)
def test_a_wrong_variable_is_named(footage, tmp_path, variable, value):
    done = footage("submit", "x.mp4", **{variable: value})

    assert done.status == 2
    assert variable in done.err
    assert_clean(done)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film whose index comes first."""
    path = tmp_path_factory.mktemp("indexed") / "whole.mp4"
    coded = ("-c:v", "libx264", "-bf", "0", "-movflags", "+faststart")
    return clips.make(path, clips.Clip(seconds=4, encoder=coded)).read_bytes()


@pytest.mark.parametrize("seed", [4, 7])
def test_noise_within_the_data_is_damage_and_no_change_of_format(footage, indexed, tmp_path, seed):
    """It may look like another size or other channels to a decoder, which starts its filters anew."""
    data, path, chance = bytearray(indexed), tmp_path / "noisy.mp4", random.Random(seed)
    at = chance.randrange(len(data) // 4, len(data) - 300)
    data[at : at + 200] = chance.randbytes(200)
    path.write_bytes(data)

    refused(footage, path, "damaged")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["process"], "wrong-use"),
        (["process", "x.mp4", "--programme", "nonsense"], "unknown-programme"),
        (["process", "x.mp4", "--date", "昨天"], "wrong-use"),
        (["nonsense"], "没有命令 nonsense（wrong-use）"),
        (["worker", "--lanes", "fast"], "wrong-use"),
        (["status", "--bar"], "没有选项 --bar（wrong-use）"),
        (["status", "--limit", "x"], "选项 --limit 的值不对，请写 1 到 100000 的整数（wrong-use）"),
        (["status", "--limit"], "选项 --limit 后面要写一个值，或不应写值（wrong-use）"),
        (["reprocess", "--since", "2026"], "选项 --since 的值不对，日期请写成 YYYY-MM-DD（wrong-use）"),
        (["cuts"], "缺少参数 JOB（wrong-use）"),
        (["cuts", "a", "b"], "参数多了，或写法不对（wrong-use）"),
        (["cuts", "0" * 32], "没有这个任务编号。（unknown-job）"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(footage, tmp_path, arguments, said):
    footage.home.mkdir(exist_ok=True)

    done = footage(*arguments)

    assert done.status == 2
    assert said in done.err
    assert not re.search(r"[Nn]o such|[Ii]nvalid|[Mm]issing|[Uu]nexpected|requires", done.err)
    assert_clean(done)


def test_a_job_that_is_unknown_and_one_without_cuts_end_with_the_same_status(footage, tmp_path):
    path = tmp_path / "空.mp4"
    path.touch()
    job = footage("process", path, "--json").objects[0]["job"]

    assert [footage("cuts", asked).status for asked in (job, "0" * 32)] == [2, 2]
