"""Small factories: one ordinary value of each kind; a test names only what is not ordinary about its own."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import settings

from pipelines.domain.campaign import Campaign, parse
from pipelines.domain.model import (
    Analysis,
    AudioFacts,
    Colour,
    Cut,
    Edit,
    Editing,
    Geometry,
    ImageFacts,
    Integrity,
    Op,
    PhotoPlan,
    PhotoQuality,
    PictureCoding,
    Sample,
    Sound,
    SoundLevel,
    Span,
    Submission,
    Timing,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.planning.photo import plan_photo
from pipelines.domain.planning.video import plan_video

ROOT = Path(__file__).parents[2]
JIEXI = ROOT / "pipelines" / "domain" / "campaigns" / "jiexi-2020.toml"
OTHER = ROOT / "tests" / "campaigns" / "other-county.toml"
TOOLS = (("ffmpeg", "1.0"), ("pillow", "2.0"))

# The same examples each time: a unit test that fails must fail for everyone.
quick = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def op(name: str, **options: object) -> Op:
    return Op(name, tuple((key, str(value)) for key, value in options.items()))


def named(ops: tuple[Op, ...], name: str) -> dict[str, str]:
    (found,) = (op for op in ops if op.name == name)
    return dict(found.options)


@cache
def jiexi() -> Campaign:
    """The campaign of 2020."""
    return parse(JIEXI.read_text(encoding="utf-8"), JIEXI.name)


@cache
def other() -> Campaign:
    """Another county's campaign, other in everything."""
    return parse(OTHER.read_text(encoding="utf-8"), OTHER.name)


def unread_rules() -> str:
    """The rules of 2020, no words read."""
    rules = JIEXI.read_text(encoding="utf-8")
    return rules.replace("least_side", "read_words = false\nleast_side")  # of films and of photos


def hasty_rules() -> str:
    """The rules of 2020 with films encoded in haste, no words read: a third of the work, where bytes are no point."""
    return unread_rules().replace('"medium"', '"superfast"')


def small_rules() -> str:
    """These for films a ninth the size, where that is not the point either."""
    return hasty_rules().replace("width = 1920\nheight = 1080", "width = 640\nheight = 360", 1)


def small_photo_rules() -> str:
    """These for photos of 640x360 and more too, where a photo is turned or converted and its size is no point."""
    return small_rules().replace("long_side = 1920\nshort_side = 1080", "long_side = 640\nshort_side = 360", 1)


def small_other_rules() -> str:
    """The other county's rules, for small films encoded in haste."""
    rules = OTHER.read_text(encoding="utf-8").replace('"faster"', '"superfast"', 1)
    return rules.replace("width = 1280\nheight = 720", "width = 640\nheight = 360", 1)


def tiny_rules(width: int = 320, height: int = 180) -> str:
    """These for films of any size, where only what is shown when, in which colours, or what is heard is the point."""
    rules = hasty_rules().replace("width = 1920\nheight = 1080", f"width = {width}\nheight = {height}", 1)
    return rules.replace("least_side = 64", "least_side = 16", 1)


def tiny_other_rules() -> str:
    """The other county's rules, for films of 320x180 encoded in haste, as are those for its channels."""
    rules = small_other_rules().replace('"veryfast"', '"superfast"')
    return rules.replace("width = 640\nheight = 360", "width = 320\nheight = 180", 1)


@cache
def tiny_campaign(width: int, height: int) -> Campaign:
    """The county's campaign by `tiny_rules`."""
    return parse(tiny_rules(width, height), "tiny.toml")


_SOUND = AudioFacts(
    index=1,
    codec="aac",
    profile="lc",
    sample_rate=48_000,
    channels=2,
    start=Fraction(0),
    end=Fraction(10),
    level=SoundLevel(integrated=-24.0, peak=-6.0),
)


def sound(**changes: Any) -> AudioFacts:
    """Stereo, 48 kHz, as long as the picture of `video()`."""
    return replace(_SOUND, **changes)


_GROUPS: dict[str, type] = {
    "coding": PictureCoding,
    "geometry": Geometry,
    "timing": Timing,
    "colour": Colour,
    "sound": Sound,
    "integrity": Integrity,
}


def video(**changes: Any) -> VideoFacts:
    """A phone's plain landscape clip of ten seconds, with sound; only its key frames lie too far apart to be copied.

    `changes` name the fields of the groups as if they were the film's own.
    """
    plain = VideoFacts(
        kind="video",
        container="mov",
        index=0,
        coding=PictureCoding("h264", "high", 40, "yuv420p", bit_rate=12_000_000),
        geometry=Geometry(1920, 1080, True, 0, False, None, "progressive", flagged_fields=False),
        timing=Timing(
            Fraction(30), False, 300, 0, Fraction(10), 0, 0, Fraction(0), end=Fraction(10), duration=Fraction(10)
        ),
        colour=Colour("bt709", "bt709", "bt709", full_range=False),
        sound=Sound(sound(), tracks=1),
        integrity=Integrity(Fraction(10), truncated=False, torn=0),
        faststart=True,
    )
    if "audio" in changes and changes["audio"] is None:
        changes.setdefault("tracks", 0)
    for name, group in _GROUPS.items():
        ours = {field.name: changes.pop(field.name) for field in fields(group) if field.name in changes}
        plain = replace(plain, **{name: replace(getattr(plain, name), **ours)})
    return replace(plain, **changes)


def image(**changes: Any) -> ImageFacts:
    """A camera's JPEG, larger than any least size and smaller than any most."""
    plain = ImageFacts(
        kind="photo",
        format="jpeg",
        width=4000,
        height=3000,
        orientation=1,
        mode="RGB",
        frames=1,
        coding="baseline",
        colour="srgb",
        size=5_000_000,
    )
    return replace(plain, **changes)


def look(**changes: Any) -> PhotoQuality:
    """A sharp photo by daylight."""
    plain = PhotoQuality(
        "00ff00ff00ff00ff", sharpness=400.0, luma=120.0, dark=0.01, bright=0.01, flat=0.05, lattice=60.0
    )
    return replace(plain, **changes)


def submission(**changes: Any) -> Submission:
    """What a unit says of an ordinary file."""
    return replace(Submission(name="IMG_0001.MOV", programme="zhubo"), **changes)


def video_plan(campaign: Campaign | None = None, **changes: Any) -> VideoPlan:
    """The plan for `video(**changes)` under a campaign's default programme."""
    campaign = campaign or jiexi()
    name = campaign.campaign.default_programme
    return plan_video(video(**changes), campaign.video_profile(name), campaign.programmes[name], TOOLS)


def video_plan_under(profile: dict[str, Any], **changes: Any) -> VideoPlan:
    """The plan for `video(**changes)` under the campaign of 2020 with these fields of its profile changed."""
    changed = jiexi().video_profile("zhubo").model_copy(update=profile)
    return plan_video(video(**changes), changed, jiexi().programmes["zhubo"], TOOLS)


def photo_plan(campaign: Campaign | None = None, **changes: Any) -> PhotoPlan:
    """The plan for `image(**changes)` under a campaign's default programme."""
    campaign = campaign or jiexi()
    return plan_photo(image(**changes), campaign.photo_profile(campaign.campaign.default_programme), TOOLS)


def editing(**changes: Any) -> Editing:
    """Three clips of 8–20 s, four stills."""
    plain = Editing(
        clips=3,
        clip_min=8,
        clip_max=20,
        reel_seconds=0,
        reel_piece=0,
        loudness=None,
        stills=4,
        weights=(("loudness", 1.5), ("motion", 0.5), ("sharpness", 1.0)),
        thumbnail_widths=(320, 640),
        storyboard_columns=5,
        storyboard_tiles=50,
        tile_width=240,
        jpeg_quality=90,
    )
    return replace(plain, **changes)


GREY = "7" * 18


def sample(**changes: Any) -> Sample:
    """A well exposed moment with a little movement and a voice."""
    return replace(
        Sample(110.0, 45.0, 300.0, 4.0, shake=0.2, faces=0, face=0.0, face_x=0.5, colours=GREY, loudness=-32.0),
        **changes,
    )


BLACK = Sample(1.0, 1.0, 0.5, 0.0, shake=0.0, faces=0, face=0.0, face_x=0.5, colours="0" * 18, loudness=-70.0)
FROZEN = sample(motion=0.0)


def analysis(
    samples: list[Sample],
    step: Fraction = Fraction(1),
    shots: tuple[Fraction, ...] = (),
    speech: tuple[Span, ...] = (),
    transitions: tuple[Span, ...] = (),
    **more: Any,
) -> Analysis:
    """One sample a second unless told otherwise."""
    return Analysis(step, tuple(samples), shots, transitions, speech, **more)


def edit(*cuts: tuple[int, int], stills: tuple[int, ...] = (1, 5)) -> Edit:
    """These clips and stills, the first still the poster."""
    chosen = tuple(Cut(Fraction(start), Fraction(end), 1.0, ("好",)) for start, end in cuts)
    return Edit(chosen, tuple(Fraction(time) for time in stills), Fraction(stills[0]))
