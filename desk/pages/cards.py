"""Gather what the pages show of one submission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from desk.language import translated
from pipelines.service import OUTPUTS, STATES, Service
from storage.records import FINAL, Asset, Job


@dataclass(frozen=True)
class ItemCard:
    """One submission as a page shows it. `channels`: names of channels by id."""

    job: Job
    word: str
    received: str
    programme: str
    activity: str
    assets: tuple[Asset, ...]
    channels: dict[str, str]

    @property
    def is_going(self) -> bool:
        """Tell whether the job has not ended, so that the page asks again."""
        return self.job.state not in FINAL

    @property
    def address(self) -> str:
        """Return the address of the item's page."""
        return f"/items/{self.job.id}"

    @cached_property
    def _by_role(self) -> dict[str, list[Asset]]:
        found: dict[str, list[Asset]] = {}
        for asset in self.assets:
            found.setdefault(asset.role, []).append(asset)
        return found

    def of(self, *roles: str) -> list[Asset]:
        """Return the outputs of these roles, in the order of the roles and of the numbers in their names."""
        found = (self._by_role.get(role, ()) for role in roles)
        return [asset for assets in found for asset in sorted(assets, key=lambda it: (len(it.name), it.name))]

    @cached_property
    def main(self) -> Asset | None:
        """Return the master or the photo."""
        return next(iter(self.of("master", "photo")), None)

    @cached_property
    def small(self) -> Asset | None:
        """Return the smallest thumbnail, which is large enough for a card."""
        return min(self.of("thumbnail"), key=lambda asset: asset.width or 0, default=None)

    @cached_property
    def large(self) -> Asset | None:
        """Return the largest thumbnail: a player shows it until it plays."""
        return max(self.of("thumbnail"), key=lambda asset: asset.width or 0, default=None)

    def storyboard(self, suffix: str) -> Asset | None:
        """Return the storyboard's sheet (`.jpg`) or its list of pictures (`.vtt`)."""
        return next((asset for asset in self.of("storyboard") if asset.name.endswith(suffix)), None)

    @cached_property
    def length(self) -> str:
        """Return the film's length as minutes and seconds; empty of a photo."""
        if self.main is None or self.main.duration is None:
            return ""
        minutes, seconds = divmod(round(self.main.duration), 60)
        return f"{minutes}:{seconds:02}"

    def named(self, asset: Asset) -> str:
        """Return what an output is, in the language of the request."""
        role = translated(OUTPUTS.get(asset.role, asset.role))
        if asset.role == "rendition":
            channel = Path(asset.name).stem.removeprefix("channel-")
            return translated("%(name)s：%(value)s", name=role, value=self.channels.get(channel, channel))
        return role

    def link(self, asset: Asset, *, download: bool = False) -> str:
        """Return the desk's address of one output."""
        return f"/files/{self.job.id}/{asset.name}" + ("?download=1" if download else "")


def card_of(service: Service, job: Job, assets: Sequence[Asset]) -> ItemCard:
    """Return a job with these outputs as the pages show it."""
    campaign = service.campaign
    received = datetime.fromtimestamp(job.created, campaign.zone)
    return ItemCard(
        job=job,
        word=STATES[job.state],
        received=f"{received:%Y-%m-%d %H:%M}",
        programme=campaign.programme_named(job.programme),
        activity=campaign.activity_named(job.activity),
        assets=tuple(assets),
        channels={key: channel.name for key, channel in campaign.channels.items()},
    )
