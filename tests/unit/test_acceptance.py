from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from pipelines.domain.acceptance import accept
from pipelines.domain.model import Finding
from pipelines.domain.wording import text
from tests.unit.facts import image, jiexi, other, submission, video


def test_ordinary_footage_is_taken_without_a_word() -> None:
    assert accept(video(), jiexi(), submission()) == ()
    assert accept(image(), jiexi(), submission(name="IMG_0001.JPG")) == ()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"audio": None}, Finding("no-audio", "warning")),
        ({"fields": "tff"}, Finding("interlaced", "info")),
        ({"transfer": "smpte2084"}, Finding("hdr", "info", actual="smpte2084")),
        ({"transfer": "arib-std-b67"}, Finding("hdr", "info", actual="arib-std-b67")),
        ({"width": 1280, "height": 720}, Finding("enlarged", "warning", "1920×1080", "1280×720")),
        ({"width": 606, "height": 1078}, Finding("enlarged", "warning", "1920×1080", "606×1078")),
        ({"duration": Fraction(21_601)}, Finding("too-long", "reject", "6 小时", "6 小时 1 秒")),
        ({"width": 8000, "height": 6000}, Finding("too-large", "reject", "4000 万", "8000×6000，共 4800 万")),
    ],
)
def test_what_is_worth_knowing_of_a_video_is_one_finding(changes: dict[str, object], finding: Finding) -> None:
    assert accept(video(**changes), jiexi(), submission()) == (finding,)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 1080, "height": 1920},
        {"width": 1440, "height": 1080},
        {"width": 1920, "height": 800},
        {"duration": Fraction(21_600)},
        {"width": 8000, "height": 5000},
        {"transfer": "bt2020-10"},
    ],
)
def test_what_is_within_the_rules_is_not_spoken_of(changes: dict[str, object]) -> None:
    assert accept(video(**changes), jiexi(), submission()) == ()


def test_a_rate_that_varies_is_told_with_the_rate_it_becomes() -> None:
    (finding,) = accept(video(frame_rate=Fraction("29.83"), variable=True), jiexi(), submission())

    assert (finding.code, finding.severity) == ("variable-frame-rate", "info")
    assert finding.expected.startswith(("29.97", "30000/1001"))


def test_a_refused_length_is_never_shown_as_the_limit_itself() -> None:
    (finding,) = accept(video(duration=Fraction("21600.4")), jiexi(), submission())

    assert finding.code == "too-long"
    assert finding.actual != finding.expected


def test_everything_is_told_at_once_in_a_steady_order() -> None:
    facts = video(width=640, height=480, audio=None, fields="tff", transfer="smpte2084", duration=Fraction(30_000))
    said = submission(name="a.jpg", unit="火星镇", activity="dance", date=date(2021, 1, 1))

    codes = [finding.code for finding in accept(facts, jiexi(), said)]

    assert codes == [
        "unknown-unit",
        "unknown-activity",
        "outside-window",
        "name-differs",
        "too-long",
        "enlarged",
        "no-audio",
        "interlaced",
        "hdr",
    ]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"width": 800, "height": 600}, Finding("enlarged", "warning", "1920×1440", "800×600")),
        ({"width": 1079, "height": 1920}, Finding("enlarged", "warning", "1080×1922", "1079×1920")),
        ({"width": 9000, "height": 6000}, Finding("reduced", "warning", "8192×5462", "9000×6000")),
        ({"width": 15_000, "height": 15_000}, Finding("too-large", "reject", "2.2 亿", "15000×15000，共 2.25 亿")),
        ({"format": "gif", "frames": 12}, Finding("animation", "info", actual="12")),
        (
            {"private": ("place", "device", "owner", "notes")},
            Finding("private-data-removed", "info", actual="拍摄地点、设备型号、作者、附注"),
        ),
    ],
)
def test_what_is_worth_knowing_of_a_photo_is_one_finding(changes: dict[str, object], finding: Finding) -> None:
    findings = accept(image(**changes), jiexi(), submission(name="a.jpg"))

    assert [found for found in findings if found.code == finding.code] == [finding]
    assert {found.code for found in findings} <= {finding.code, "reduced"}


@pytest.mark.parametrize("unit", ["", "hepo", "河婆街道"])
def test_a_unit_is_known_by_its_key_or_its_name(unit: str) -> None:
    assert accept(video(), jiexi(), submission(unit=unit)) == ()


def test_an_unknown_unit_or_activity_is_a_warning_not_a_refusal() -> None:
    assert accept(video(), jiexi(), submission(unit="火星镇", activity="dance")) == (
        Finding("unknown-unit", "warning", actual="火星镇"),
        Finding("unknown-activity", "warning", actual="dance"),
    )


@pytest.mark.parametrize("day", [date(2020, 6, 1), date(2020, 6, 30), date(2020, 12, 31)])
def test_the_first_and_the_last_day_belong_to_the_window(day: date) -> None:
    assert accept(video(), jiexi(), submission(date=day)) == ()


@pytest.mark.parametrize("day", [date(2020, 5, 31), date(2021, 1, 1)])
def test_a_day_outside_every_window_of_the_programme_is_told(day: date) -> None:
    expected = "2020-06-01—2020-06-30、2020-06-01—2020-12-31"

    findings = accept(video(), jiexi(), submission(date=day))

    assert findings == (Finding("outside-window", "warning", expected, str(day)),)


def test_only_the_windows_of_its_own_programme_count() -> None:
    said = submission(name="a.mp4", programme="xuexiao", date=date(2023, 6, 8))

    findings = accept(video(), other(), said)

    assert findings == (Finding("outside-window", "warning", "2023-11-01—2024-02-29", "2023-06-08"),)


@pytest.mark.parametrize("name", ["照片.JPG", "a.b.heic", "x.png"])
def test_a_video_named_like_a_photo_is_told(name: str) -> None:
    suffix = name.rpartition(".")[2].lower()

    assert accept(video(), jiexi(), submission(name=name)) == (
        Finding("name-differs", "warning", suffix, "视频（mov）"),
    )


def test_a_photo_named_like_a_video_is_told() -> None:
    (finding,) = accept(image(), jiexi(), submission(name="a.mp4"))

    assert finding == Finding("name-differs", "warning", "mp4", "照片（jpeg）")
    assert text(finding) == "文件名是“.mp4”，内容其实是照片（jpeg），已按照片（jpeg）处理。"


@pytest.mark.parametrize("name", ["", "no suffix", "a.xyz", "照片", ".", "a.jpg.mov"])
def test_a_name_that_claims_nothing_else_is_let_be(name: str) -> None:
    assert accept(video(), jiexi(), submission(name=name)) == ()


def test_the_other_county_has_other_limits() -> None:
    said = submission(name="a.mp4", programme="kuangshan")

    assert accept(video(width=1280, height=720), other(), said) == ()
    assert accept(video(duration=Fraction(7201)), other(), said) == (
        Finding("too-long", "reject", "2 小时", "2 小时 1 秒"),
    )
    assert accept(video(width=4096, height=2304), other(), said) == (
        Finding("too-large", "reject", "900 万", "4096×2304，共 943.7 万"),
    )
    assert accept(image(width=5000, height=4000), other(), said) == (
        Finding("name-differs", "warning", "mp4", "照片（jpeg）"),
        Finding("reduced", "warning", "4096×3277", "5000×4000"),
    )


@pytest.mark.parametrize(
    ("unit", "meant"),
    [("河婆", "，是否为“河婆街道”"), ("河婆街办", "，是否为“河婆街道”"), ("火星镇", None), ("河婆街道", None)],
)
def test_of_a_unit_that_is_unknown_the_most_like_it_is_named(unit: str, meant: str | None) -> None:
    found = [it for it in accept(video(), jiexi(), submission(unit=unit)) if it.code == "unknown-unit"]

    assert [it.expected for it in found] == ([meant] if meant else [""] if unit == "火星镇" else [])
