from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from pydantic import ValidationError

from pipelines.domain.campaign import Activity, parse
from pipelines.domain.deadlines import Deadline
from pipelines.domain.errors import CampaignInvalid
from tests.unit.facts import JIEXI, OTHER, jiexi, other

TEXT = JIEXI.read_text(encoding="utf-8")
RATES = next(line for line in TEXT.splitlines() if line.startswith("frame_rates"))


def changed(old: str, new: str) -> str:
    """The campaign file with the first `old` replaced."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def complaint(text: str) -> str:
    """What is said of this file, checked to say it of this file in both languages."""
    with pytest.raises(CampaignInvalid) as caught:
        parse(text, "县.toml")
    detail = caught.value.detail
    assert detail.startswith("县.toml: ")
    assert caught.value.text == f"活动配置文件有误：县.toml：{detail.removeprefix('县.toml: ')}"
    return detail.removeprefix("县.toml: ")


def test_the_campaign_of_2020_says_what_the_plan_says() -> None:
    campaign = jiexi()
    video = campaign.video_profile("zhubo")

    assert (video.width, video.height, video.gop_seconds) == (1920, 1080, 4)
    assert video.frame_rates[0] == Fraction(24000, 1001)
    assert (campaign.photo_profile("nanyue").long_side, campaign.photo_profile("nanyue").short_side) == (1920, 1080)
    assert (campaign.windows["nanyue"].first, campaign.windows["nanyue"].last) == (date(2020, 6, 1), date(2020, 12, 31))
    assert campaign.activities["zixunri"] == Activity(name="安全宣传咨询日", window="month", date=date(2020, 6, 16))
    assert [(d.on, d.every, d.every_month_by, d.evidence) for d in campaign.deadlines] == [
        (date(2020, 6, 5), None, None, False),
        (None, "thursday", None, False),
        (None, None, 28, False),
        (date(2020, 7, 10), None, None, True),
    ]


def test_another_county_is_another_file() -> None:
    campaign = other()

    assert campaign.campaign.timezone == "Asia/Urumqi"
    assert campaign.video_profile("kuangshan").frame_rates == (Fraction(25), Fraction(50))
    assert campaign.deadlines[1] == Deadline.model_validate(
        {"name": "月报", "window": "winter", "every_month_by": 5, "from": date(2023, 11, 1), "to": date(2024, 2, 29)}
    )
    assert parse(OTHER.read_text(encoding="utf-8"), "again") == campaign


def test_a_campaign_is_frozen() -> None:
    with pytest.raises(ValidationError):
        jiexi().campaign.county = "别处"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('county = "揭西"', 'county = "揭西"\ncounty_code = 1', "campaign.county_code"),
        ("[windows.month]", "[windows.month]\ncolour = 1", "windows.month.colour"),
        ("width = 1920", "width = 1920\nwidht = 1920", "profiles.hd.widht"),
        ("max_side = 8192", "max_side = 8192\nfilter = 1", "profiles.photo.filter"),
        ("max_seconds = 20 }", "max_seconds = 20, overlap = 1 }", "programmes.zhubo.clips.overlap"),
        ("loudness = 0.3, ", "loudness = 0.3, faces = 1.0, ", "programmes.zhubo.weights.faces"),
        ("date = 2020-06-16", "day = 2020-06-16", "activities.zixunri.day"),
        ('every = "thursday"', 'every = "thursday"\nhour = 9', "deadlines.1.hour"),
        ("[campaign]", "[colours]\nred = 1\n[campaign]", "colours"),
    ],
)
def test_an_unknown_key_names_file_and_key(old: str, new: str, key: str) -> None:
    assert complaint(changed(old, new)) == f"{key}: Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('theme = "消除事故隐患，筑牢安全防线"\n', "campaign.theme"),
        ("crf = 22\n", "profiles.hd.crf"),
        ("short_side = 1080\n", "profiles.photo.short_side"),
        ("from = 2020-06-01\n", "windows.month.from"),
        ("sharpness = 0.5, ", "programmes.zhubo.weights.sharpness"),
    ],
)
def test_a_missing_key_names_file_and_key(old: str, key: str) -> None:
    assert complaint(changed(old, "")) == f"{key}: Field required"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'default_programme = "zhubo"',
            'default_programme = "zhuba"',
            "campaign.default_programme: no programme 'zhuba'",
        ),
        ('windows = ["month", "nanyue"]', 'windows = ["may"]', "programmes.zhubo.windows: no window 'may'"),
        ('video = "hd"', 'video = "uhd"', "programmes.zhubo.video: no video profile 'uhd'"),
        ('video = "hd"', 'video = "photo"', "programmes.zhubo.video: no video profile 'photo'"),
        ('photo = "photo"', 'photo = "hd"', "programmes.zhubo.photo: no photo profile 'hd'"),
        ('"学习宣贯", window = "month"', '"x", window = "may"', "activities.xuexi.window: no window 'may'"),
        ('window = "month"\non = 2020-06-05', 'window = "x"\non = 2020-06-05', "deadlines.0.window: no window 'x'"),
    ],
)
def test_a_reference_to_nothing_names_file_key_and_what_is_missing(old: str, new: str, said: str) -> None:
    assert complaint(changed(old, new)) == said


def test_every_wrong_reference_is_told_at_once() -> None:
    text = changed('video = "hd"', 'video = "uhd"').replace('photo = "photo"', 'photo = "film"')

    assert complaint(text) == (
        "programmes.zhubo.video: no video profile 'uhd'; programmes.zhubo.photo: no photo profile 'film'; "
        "programmes.nanyue.photo: no photo profile 'film'; programmes.huodong.photo: no photo profile 'film'"
    )


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("thumbnail_widths = [320, 640]", "thumbnail_widths = []", "profiles.hd.thumbnail_widths"),
        (RATES, "frame_rates = []", "profiles.hd.frame_rates"),
        ('windows = ["month", "nanyue"]', "windows = []", "programmes.zhubo.windows"),
    ],
)
def test_an_empty_list_names_file_and_key(old: str, new: str, key: str) -> None:
    assert f"{key}: Tuple should have at least 1 item" in complaint(changed(old, new))


def test_a_campaign_without_deadlines_units_or_activities_is_none() -> None:
    head, *deadlines = TEXT.split("[[deadlines]]")
    units = "[units]" + deadlines[-1].partition("[units]")[2]
    activities = head.partition("[activities]")[2]

    assert complaint("deadlines = []\n" + head + units).startswith("deadlines: ")
    assert complaint(TEXT.partition("[units]")[0] + "[units]\n").startswith("units: ")
    assert complaint(TEXT.replace(activities, "\n")).startswith("activities: ")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("to = 2020-06-30", "to = 2020-05-30", "windows.month"),
        ("from = 2020-06-01\nto = 2020-07-31", "from = 2020-07-31\nto = 2020-06-01", "deadlines.1"),
    ],
)
def test_dates_in_the_wrong_order_name_file_and_key(old: str, new: str, key: str) -> None:
    assert complaint(changed(old, new)) == f"{key}: Value error, 'to' is before 'from'"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('every = "thursday"', 'every = "thursday"\non = 2020-06-05', "deadlines.1: Value error, give exactly one of"),
        ('every = "thursday"\n', "", "deadlines.1: Value error, give exactly one of"),
        ("to = 2020-07-31\n", "", "deadlines.1: Value error, a repeated deadline needs 'from' and 'to'"),
        ('every = "thursday"', 'every = "星期四"', "deadlines.1.every: Input should be"),
        ("every_month_by = 28", "every_month_by = 32", "deadlines.2.every_month_by: Input should be less than"),
    ],
)
def test_a_deadline_has_one_rhythm_and_a_repeated_one_an_end(old: str, new: str, said: str) -> None:
    assert complaint(changed(old, new)).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_seconds = 20", "max_seconds = 7", "programmes.zhubo.clips: Value error, max_seconds is less than"),
        ("short_side = 1080", "short_side = 2000", "profiles.photo: Value error, short_side <= long_side <= max_side"),
        ("width = 1920", "width = 1921", "profiles.hd.width: Input should be a multiple of 2"),
        ("crf = 22", "crf = 52", "profiles.hd.crf: Input should be less than"),
        ("gop_seconds = 4", "gop_seconds = 0", "profiles.hd.gop_seconds: Input should be greater than"),
        ('codec = "h264"', 'codec = "hevc"', "profiles.hd.codec: Input should be 'h264'"),
        ('"24000/1001"', '"medium"', "profiles.hd.frame_rates.0: Input is not a valid fraction"),
        ('"24000/1001"', '"1/0"', "profiles.hd.frame_rates.0: Input is not a valid fraction"),
        ("sharpness = 0.5", "sharpness = -1.0", "programmes.zhubo.weights.sharpness: Input should be greater than"),
        ('kind = "video"', 'kind = "film"', "profiles.hd: Input tag 'film'"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Mars/Base"', "campaign.timezone: Value error, unknown time zone"),
        ('name = "安全生产月"', 'name = ""', "windows.month.name: String should have at least 1"),
        ("[programmes.zhubo]", "[programmes.Zhubo]", "programmes.Zhubo.[key]: String should match"),
        ("[units]", '[units]\n"../etc" = "x"', "units.../etc.[key]: String should match"),
    ],
)
def test_an_impossible_value_names_file_and_key(old: str, new: str, said: str) -> None:
    assert complaint(changed(old, new)).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"24000/1001"', '"0"', "profiles.hd.frame_rates.0"),
        ('"24000/1001"', '"-25"', "profiles.hd.frame_rates.0"),
        ("sharpness = 0.5", "sharpness = inf", "programmes.zhubo.weights.sharpness"),
        ("thumbnail_widths = [320, 640]", "thumbnail_widths = [320, 320]", "profiles.hd.thumbnail_widths"),
    ],
)
def test_a_value_no_plan_can_be_made_from_names_file_and_key(old: str, new: str, key: str) -> None:
    assert complaint(changed(old, new)).startswith(key)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("width = 1920", 'width = "1920"', "profiles.hd.width"),
        ("gop_seconds = 4", "gop_seconds = true", "profiles.hd.gop_seconds"),
        ("evidence = true", 'evidence = "yes"', "deadlines.3.evidence"),
        ("sharpness = 0.5", 'sharpness = "1"', "programmes.zhubo.weights.sharpness"),
        ("from = 2020-06-01", 'from = "2020-06-01"', "windows.month.from"),
    ],
)
def test_no_coercion_hides_a_typing_slip(old: str, new: str, key: str) -> None:
    assert complaint(changed(old, new)).startswith(key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from = 2020-06-01\nto = 2020-06-30", "first = 2020-06-01\nlast = 2020-06-30"),
        ("date = 2020-06-16", "on = 2020-06-16"),
    ],
)
def test_a_key_has_one_spelling(old: str, new: str) -> None:
    assert "Extra inputs are not permitted" in complaint(changed(old, new))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[campaign]", "[campaign", 4),
        ('county = "揭西"', 'county = "揭西', 7),
        ('county = "揭西"', 'county = "揭西"\ncounty = "揭东"', 8),
        ("to = 2020-06-30", "to = 2020-06-31", 16),
    ],
)
def test_broken_toml_names_file_and_line(old: str, new: str, line: int) -> None:
    said = complaint(changed(old, new))

    assert said.startswith("TOML: ")
    assert f"(at line {line}, " in said


def test_an_empty_file_is_told_every_table_it_lacks() -> None:
    said = complaint("")

    tables = ("campaign", "windows", "profiles", "programmes", "activities", "deadlines", "units")
    assert said == "; ".join(f"{table}: Field required" for table in tables)


def test_every_programme_has_its_profiles() -> None:
    for campaign in (jiexi(), other()):
        for name, programme in campaign.programmes.items():
            assert campaign.video_profile(name) is campaign.profiles[programme.video]
            assert campaign.photo_profile(name) is campaign.profiles[programme.photo]
