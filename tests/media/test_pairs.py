"""整改前 / 整改后: laid over each other where both show the same, side by side, and wiped."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.domain.planning.before_after import sheet_of
from pipelines.tools.photo.aligning import align
from tests.media import measures
from tests.running import Footage
from tests.unit.facts import other, small_other_rules
from worker.app import open_service
from worker.settings import Settings


def place(seed: int, width: int = 1600, height: int = 1200) -> np.ndarray:
    """A place nobody has seen: shapes of all sizes."""
    random = np.random.default_rng(seed)
    made = np.full((height, width, 3), 120, np.uint8)
    for _ in range(220):
        x, y = random.integers(0, width), random.integers(0, height)
        colour = tuple(int(c) for c in random.integers(20, 235, 3))
        size = int(random.integers(10, 160))
        if random.random() < 0.5:
            cv2.rectangle(made, (x, y), (x + size, y + int(random.integers(10, 160))), colour, -1)
        else:
            cv2.circle(made, (int(x), int(y)), size // 2, colour, -1)
    return cv2.GaussianBlur(made, (0, 0), 1.2)


def visited_again(before: np.ndarray, *, turn: float = 4.0, scale: float = 0.92) -> tuple[np.ndarray, np.ndarray]:
    """From a little further away, turned, darker, something mended; and where its points were before."""
    height, width = before.shape[:2]
    there = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale), [0, 0, 1]])
    after = cv2.warpPerspective(before, there, (width, height), borderValue=(90, 90, 90))
    after = np.clip(after * 0.75 + 10, 0, 255).astype(np.uint8)
    after[500:700, 600:800] = (40, 200, 60)
    return after, there


@pytest.mark.parametrize(("turn", "scale"), [(0, 1), (4, 0.92), (-12, 1.2), (3, 0.7), (25, 1.0)])
def test_the_same_place_is_laid_over_itself(turn, scale):
    before = place(1)
    after, _ = visited_again(before, turn=turn, scale=scale)

    both = align(before, after)

    assert both.aligned
    assert both.before.shape == both.after.shape
    assert both.before.shape[1] >= 800
    shift, _ = cv2.phaseCorrelate(
        *(cv2.cvtColor(it, cv2.COLOR_RGB2GRAY).astype(np.float32) for it in (both.before, both.after))
    )
    assert np.hypot(*shift) < 1.0
    even = both.before.astype(float) * 0.75 + 10
    assert np.median(np.abs(even - both.after)) < 4


def test_two_places_stand_as_they_came():
    before, after = place(1), place(2, 1200, 1600)

    both = align(before, after)

    assert not both.aligned
    assert both.before is before
    assert both.after is after


@pytest.mark.parametrize(
    "after", [np.zeros((900, 1200, 3), np.uint8), place(1)[:, ::-1].copy(), place(1)[:4, :4].copy()]
)
def test_what_can_not_be_laid_over_is_not(after):
    assert not align(place(1), after).aligned


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple[Footage, dict, dict]:
    folder = tmp_path_factory.mktemp("pair")
    (folder / "rules.toml").write_text(small_other_rules(), encoding="utf-8")
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(folder / "rules.toml")),))
    before = place(3)
    after, _ = visited_again(before)
    for name, picture in (("before", before), ("after", after)):
        cv2.imwrite(str(folder / f"{name}.jpg"), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    said = ("--unit", "三号矿", "--pair", "河-07", "--json")
    first = footage("process", folder / "before.jpg", *said, "--side", "before", "--date", "2020-06-03")
    second = footage("process", folder / "after.jpg", *said, "--side", "after", "--date", "2020-06-20")
    assert (first.status, second.status) == (0, 0), second.err
    return footage, first.objects[0], second.objects[0]


def named(result: dict, name: str) -> Path:
    return next(Path(it["path"]) for it in result["outputs"] if it["name"] == name)


def test_the_second_of_a_pair_has_both_side_by_side(published):
    _, first, second = published

    assert {it["role"] for it in first["outputs"]} == {"photo", "thumbnail"}
    sheet = measures.pixels(named(second, "pair.jpg"))
    height, width = sheet.shape[:2]
    assert width >= other().profiles["board"].long_side
    assert height >= other().profiles["board"].short_side
    bar = height // 26
    assert sheet[bar // 2, width // 3].tolist() == pytest.approx([179, 38, 30], abs=8)  # 整改前
    assert sheet[bar // 2, width * 5 // 6].tolist() == pytest.approx([27, 127, 59], abs=8)  # 整改后
    left, right = (
        sheet[height // 4 : height * 3 // 4, : width // 2 - 20],
        sheet[height // 4 : height * 3 // 4, width // 2 + 20 :],
    )
    wide = min(left.shape[1], right.shape[1])
    even = left[:, :wide].astype(float) * 0.75 + 10
    assert np.median(np.abs(even - right[:, -wide:])) < 8


def test_the_film_goes_from_the_one_to_the_other(published):
    _, _, second = published
    film = named(second, "wipe.mp4")

    facts = measures.track(film, "Video")
    assert (facts["width"], facts["height"], facts["frame_count"]) == (640, 360, "150")
    assert measures.track(film, "Audio")["format"] == "AAC"
    labels = [measures.frame(film, time, (640, 360))[22, 35].tolist() for time in (0.5, 5.5)]
    assert labels[0] == pytest.approx([179, 38, 30], abs=12)
    assert labels[1] == pytest.approx([27, 127, 59], abs=12)
    middle = measures.frame(film, 3.0, (640, 360))
    assert middle[180, 319:321].min() > 180  # the line is half way


def test_a_pair_can_be_made_by_hand_and_wants_two(published):
    footage, first, second = published

    made = footage("pair", second["job"], first["job"], "--json")
    alone = footage("pair", first["job"], first["job"])

    assert made.status == 0
    assert {"pair", "wipe"} <= {it["role"] for it in made.objects[0]["outputs"]}
    assert alone.status == 2
    assert "两个不同的任务" in alone.err


def test_an_id_without_a_side_is_told(published, tmp_path):
    footage, *_ = published

    done = footage("process", tmp_path / "x.jpg", "--pair", "7")

    assert done.status == 2
    assert "--side" in done.err


def test_a_photo_is_published_whatever_becomes_of_its_pair(published, tmp_path):
    """The other's picture is gone from the store: that is told, and holds nothing up."""
    footage, first, _ = published
    named(first, "photo.jpg").rename(named(first, "photo.jpg").with_suffix(".away"))
    cv2.imwrite(str(tmp_path / "third.jpg"), place(5)[:, :, ::-1])

    done = footage(
        "process", tmp_path / "third.jpg", "--unit", "三号矿", "--pair", "河-07", "--side", "after", "--json"
    )

    named(first, "photo.jpg").with_suffix(".away").rename(named(first, "photo.jpg"))
    assert done.status == 0
    assert done.objects[0]["state"] == "published"
    assert "pair-dropped" in {finding["code"] for finding in done.objects[0]["findings"]}
    assert {it["role"] for it in done.objects[0]["outputs"]} == {"photo", "thumbnail"}


def test_a_pair_is_shown_with_the_job_whose_picture_is_newer(published):
    footage, first, second = published
    service = open_service(
        Settings(home=footage.home, campaign=dict(footage.more)["FOOTAGE_CAMPAIGN"], reserve_bytes=0)
    )
    service.editor.pair(first["job"], second["job"])

    (renewal,) = [it for it in service.batches.renewals(service.find(), stale=False) if it.job.id == first["job"]]
    (job,) = service.batches.reprocess([renewal])
    job = service.run(job.id)

    shown = {
        it: {asset.role for asset in service.outputs([service.status(it)])[it]} for it in (first["job"], second["job"])
    }
    assert {"pair", "wipe"} <= shown[first["job"]]
    assert {"pair", "wipe"}.isdisjoint(shown[second["job"]])


def test_two_of_a_panorama_are_no_wider_than_a_jpeg_can_be():
    sheet = sheet_of((4096, 82), aligned=False, least=(1920, 1080))

    assert sheet.width <= 65_500
