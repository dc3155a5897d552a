"""The plan for facts under a campaign, with the tools that would carry it out: what a recipe is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version as package

from pipelines import video
from pipelines.campaign import Campaign
from pipelines.model import Facts, ImageFacts, Plan
from pipelines.photo_planning import plan_photo
from pipelines.planning import Tools, plan_video

# Raised when our own code makes other bytes from the same plan.
_EDITION = "2"


def make_plan(facts: Facts, campaign: Campaign, programme: str) -> Plan:
    """The one plan for this file under this campaign's programme."""
    if isinstance(facts, ImageFacts):
        return plan_photo(facts, campaign.photo_profile(programme), photo_tools())
    return plan_video(facts, campaign.video_profile(programme), campaign.programmes[programme], video_tools())


@cache
def video_tools() -> Tools:
    """Name and version of what makes a video's outputs."""
    packages = ("av", "opencv-python-headless", "pillow", "scenedetect-headless")
    return (("edition", _EDITION), ("ffmpeg", video.version()), *((name, package(name)) for name in packages))


@cache
def photo_tools() -> Tools:
    """Name and version of what makes a photo's outputs."""
    return (("edition", _EDITION), *((name, package(name)) for name in ("pillow", "pillow-heif")))
