"""Serve the page that lists publications to play and download."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.auth.access import Reader
from desk.context import Here
from desk.filters import AskedByForm
from desk.shown import show
from pipelines.service import STATES, Service
from storage.records import Asset, Job

router = APIRouter(include_in_schema=False)
_CARDS = 50  # on a page


@dataclass(frozen=True, slots=True)
class JobCard:
    """One submission as the page shows it."""

    job: Job
    word: str
    received: str
    programme: str
    assets: tuple[Asset, ...]
    channels: dict[str, str]  # names by id

    def channel(self, asset: Asset) -> str:
        """Return the name of the channel that this film was made for."""
        name = Path(asset.name).stem.removeprefix("channel-")
        return self.channels.get(name, name)

    def of(self, *roles: str) -> list[Asset]:
        """Return the outputs of these roles."""
        return [asset for asset in self.assets if asset.role in roles]

    @property
    def small(self) -> Asset | None:
        """Return the largest thumbnail: a card shows no picture larger than that."""
        return max(self.of("thumbnail"), key=lambda asset: asset.width or 0, default=None)

    def link(self, asset: Asset, *, download: bool = False) -> str:
        """Return the desk's address of one output."""
        return f"/files/{self.job.id}/{asset.name}" + ("?download=1" if download else "")


@router.get("/")
def index(
    request: Request,
    here: Here,
    _key: Reader,
    asked: AskedByForm,
) -> Response:
    """Show the newest submissions that are asked for, with a link to those behind them."""
    asked = asked if "limit" in request.query_params else asked.model_copy(update={"limit": _CARDS})
    jobs, more = asked.page("/", here.service.find(**asked.selection()))
    outputs = here.service.outputs(jobs)
    cards = [_card(here.service, job, outputs[job.id]) for job in jobs]
    return show(request, here, "index.html", cards=cards, words=STATES, asked=asked, more=more)


def _card(service: Service, job: Job, assets: list[Asset]) -> JobCard:
    zone = ZoneInfo(service.campaign.campaign.timezone)
    received = datetime.fromtimestamp(job.created, zone)
    programme = service.campaign.programmes.get(job.programme)
    name = programme.name if programme else job.programme
    channels = {key: channel.name for key, channel in service.campaign.channels.items()}
    return JobCard(job, STATES[job.state], f"{received:%Y-%m-%d %H:%M}", name, tuple(assets), channels)
