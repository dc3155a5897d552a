"""Pack what was chosen into one zip, for the one who chose it or for the holder of a link."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from desk.auth.access import EDIT, OPERATE, Editing, Reader, own, visible
from desk.context import Here, RequestContext
from desk.downloads.files import served
from desk.downloads.ranges import begins, sent
from desk.filters import FormFilters
from desk.shown import show
from pipelines.domain.errors import NotAllowed, UnknownJob, WrongUse
from pipelines.service import PRESETS
from storage.records import Job, Key, Package

router = APIRouter(include_in_schema=False)
_MOST = 1500  # items that are ticked: their ids fit into a small body
_ALL = 2000  # items of a search
_OWN_DAYS = 1  # a package without a link is downloaded now, or resumed today
_LINK_SECONDS = 900
Ids = Annotated[list[str], Form(max_length=_MOST)]


@router.post("/packages")
def make(
    request: Request,
    here: Here,
    key: Reader,
    item: Ids = [],  # noqa: B006 - FastAPI makes a copy
    query: Annotated[str, Form(max_length=4000)] = "",
    preset: Annotated[str, Form(max_length=20)] = "masters",
    action: Literal["download", "link"] = Form("download"),
    days: Annotated[int, Form()] = 7,
) -> Response:
    """Pack the items that were ticked, or all of a search, to download now or by a link."""
    jobs = _searched(here, key, query) if query else [own(here.service.status(job), key) for job in item]
    if action == "download":
        package, _ = here.service.packing.make(key.owner, key.label, preset, jobs, _OWN_DAYS, shared=False)
        return RedirectResponse(f"/packages/{package.id}", status_code=303)
    if EDIT not in key.scopes:
        raise NotAllowed(f"key {key.id} makes no links", text="没有发链接的权限；需要时请联系管理员。")
    package, token = here.service.packing.make(key.owner, key.label, preset, jobs, days, shared=True)
    return _links(request, here, key, made=(package, f"{request.url.scheme}://{request.url.netloc}/l/{token}"))


def _searched(here: RequestContext, key: Key, query: str) -> list[Job]:
    """Return every item of a search, given as the query of its address."""
    said = dict(parse_qsl(query.lstrip("?")))
    try:
        asked = FormFilters.model_validate({**said, "limit": 1, "after": ""})
    except ValidationError as error:
        raise WrongUse("not a search", text="查找条件有误，请回到素材页重新查找。") from error
    selection = asked.selection(here.service.campaign.zone) | visible(key)
    selection["limit"] = _ALL
    return here.service.find(**selection)


@router.get("/packages/{package}")
def download(request: Request, here: Here, key: Reader, package: str) -> Response:
    """Send the zip of a package to the one who made it."""
    return _zipped(request, here, here.service.packing.of(package, key.owner), key.owner)


@router.get("/links")
def links(request: Request, here: Here, key: Editing) -> Response:
    """Show the links that one has made; an operator sees all."""
    return _links(request, here, key)


@router.post("/links/{package}/revoke")
def revoke(here: Here, key: Editing, package: str) -> Response:
    """Revoke a link of one's own; an operator revokes any."""
    here.service.packing.revoke(package, key.owner, _whose(key))
    return RedirectResponse("/links", status_code=303)


@router.get("/l/{token}")
def linked(request: Request, here: Here, token: str) -> Response:
    """Show the files behind a link, without an account."""
    package = here.service.packing.linked(token)
    values: dict[str, Any] = {"package": package, "files": here.service.packing.files(package), "token": token}
    return show(request, here, "linked.html", preset=PRESETS[package.preset][0], **values)


@router.get("/l/{token}/zip")
def linked_zip(request: Request, here: Here, token: str) -> Response:
    """Send all files behind a link as one zip."""
    package = here.service.packing.linked(token)
    return _zipped(request, here, package, f"link {package.id}")


@router.get("/l/{token}/{job_id}/{name}")
def linked_file(here: Here, token: str, job_id: str, name: str) -> Response:
    """Send one file behind a link."""
    package = here.service.packing.linked(token)
    files = here.service.packing.files(package)
    file = next((file for file in files if (file.job.id, file.asset.name) == (job_id, name)), None)
    if file is None:
        raise UnknownJob(f"link {package.id} has no such file")
    here.service.packing.note_download(file.job, by=f"link {package.id}", name=name)
    address = here.service.handing_out.output(file.asset, seconds=_LINK_SECONDS, filename=file.name)
    return served(address, file.asset.media_type, file.name, download=True)


def _zipped(request: Request, here: RequestContext, package: Package, by: str) -> Response:
    bundle = here.service.packing.zipped(package)
    if begins(request, bundle):
        here.service.packing.note_zipped(package, bundle, by)
    return sent(request, bundle)


def _whose(key: Key) -> str:
    return "" if OPERATE in key.scopes and not key.unit else key.owner


def _links(request: Request, here: RequestContext, key: Key, made: tuple[Package, str] | None = None) -> Response:
    found = here.service.packing.links(_whose(key))
    titles = here.service.packing.titles(found)
    values: dict[str, Any] = {"links": found, "titles": titles, "presets": PRESETS, "made": made}
    return show(request, here, "links.html", key=key, **values)
