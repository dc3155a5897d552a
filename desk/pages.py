"""Serve the page that lists publications to play and download, and the files themselves."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from desk.access import Reader
from desk.context import Here
from desk.filters import Asked
from desk.shown import show
from pipelines.domain.errors import UnknownJob
from pipelines.service import STATES, Service, plain
from storage.records import Asset, Job

router = APIRouter(include_in_schema=False)
_LINK_SECONDS = 900
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
    asked: Asked,
) -> Response:
    """Show the newest submissions that are asked for, with a link to those behind them."""
    asked = asked if "limit" in request.query_params else asked.model_copy(update={"limit": _CARDS})
    jobs = here.service.find(**asked.selection())
    outputs = here.service.outputs(jobs)
    cards = [_card(here.service, job, outputs[job.id]) for job in jobs]
    return show(request, here, "index.html", cards=cards, words=STATES, asked=asked, more=asked.next_page("/", jobs))


def _card(service: Service, job: Job, assets: list[Asset]) -> JobCard:
    zone = ZoneInfo(service.campaign.campaign.timezone)
    received = datetime.fromtimestamp(job.created, zone)
    programme = service.campaign.programmes.get(job.programme)
    name = programme.name if programme else job.programme
    channels = {key: channel.name for key, channel in service.campaign.channels.items()}
    return JobCard(job, STATES[job.state], f"{received:%Y-%m-%d %H:%M}", name, tuple(assets), channels)


@router.get("/files/{job_id}/{name}")
def file(job_id: str, name: str, here: Here, _key: Reader, download: bool = False) -> Response:
    """Serve one published output: from a local store as a file (with ranges), from S3 by a link valid for 900 s."""
    job = here.service.status(job_id)
    found = [asset for asset in here.service.outputs([job]).get(job.id, []) if asset.name == name]
    if not found:
        raise UnknownJob(f"job {job_id} has no output {name[:60]!r}")
    asset = found[0]
    saved_as = f"{plain(Path(job.name).stem[:80])}-{asset.name}"
    address = here.service.link(asset, seconds=_LINK_SECONDS, filename=saved_as)
    parts = urlsplit(address)
    if parts.scheme != "file":
        return RedirectResponse(address, status_code=302)
    kind = asset.media_type or mimetypes.guess_type(asset.name)[0]
    place = "attachment" if download else "inline"
    return FileResponse(unquote(parts.path), media_type=kind, filename=saved_as, content_disposition_type=place)
