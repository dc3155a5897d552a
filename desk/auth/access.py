"""Authenticate and authorise requests by an access key as a bearer token, or by the session cookie of a page.

A request that changes something is accepted with a cookie only where the browser says that a page of this desk sent it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from desk.context import Here
from pipelines.domain.errors import NotAllowed, UnknownJob
from storage.changes import Selection
from storage.records import Job, Key

SUBMIT, READ, EDIT, ORIGINAL, OPERATE = "submit", "read", "edit", "original", "operate"
COOKIE = "footage_session"
SESSION_SECONDS = 12 * 3600
_SAFE = frozenset({"GET", "HEAD"})


class PasswordIsFresh(NotAllowed):
    """The error of a session that may only change the password with which it was opened."""

    code = "password-fresh"
    text = "请先把初始密码改成自己的密码。"


def allowed(*scopes: str, every_unit: bool = False) -> Callable[[Request, Here], Key]:
    """Return a dependency that yields the key of a request if it has one of these scopes.

    `every_unit`: and is not bound to one unit. The dependency raises NoKey, NotAllowed or TooOften.
    """

    def admit(request: Request, here: Here) -> Key:
        key = key_of(request, here)
        if key.account and not key.scopes:
            raise PasswordIsFresh(f"account {key.account} has its first password")
        if not set(scopes) & set(key.scopes) or (every_unit and key.unit):
            raise NotAllowed(f"key {key.id} is not for {scopes}", text="没有此项权限；需要时请联系管理员。")
        return key

    return admit


Submitter = Annotated[Key, Depends(allowed(SUBMIT))]
Reader = Annotated[Key, Depends(allowed(READ))]
Editing = Annotated[Key, Depends(allowed(EDIT))]
Custodian = Annotated[Key, Depends(allowed(ORIGINAL))]
Operating = Annotated[Key, Depends(allowed(OPERATE, every_unit=True))]
Monitoring = Annotated[Key, Depends(allowed(READ, every_unit=True))]
Asker = Annotated[Key, Depends(allowed(SUBMIT, READ))]


def key_of(request: Request, here: Here) -> Key:
    """Return the key or the session of a request; its scopes are not looked at. Raises NoKey, TooOften."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return here.known(token, address_of(request))
    trusted = request.method in _SAFE or is_from_here(request)
    return here.known(request.cookies.get(COOKIE, "") if trusted else "", address_of(request), session=True)


def address_of(request: Request) -> str:
    """Return the address of the client; behind a trusted proxy uvicorn has replaced the proxy's address by it."""
    return request.client.host if request.client else ""


def own(job: Job, key: Key, scope: str = READ) -> Job:
    """Return the job if this key has submitted it, or has this scope for its unit.

    Raises UnknownJob otherwise, as if the job did not exist.
    """
    if job.submitter == key.owner or (scope in key.scopes and key.unit in {"", job.unit}):
        return job
    raise UnknownJob(f"job {job.id} is not of key {key.id}")


def visible(key: Key) -> Selection:
    """Return the criteria that leave of a list what this key may see."""
    if READ not in key.scopes:
        return Selection(submitter=key.owner)
    return Selection(only_unit=key.unit)


def unit_for(key: Key, said: str) -> str:
    """Return the unit of a submission by this key: its own where it is bound to one. Raises NotAllowed for another."""
    if key.unit and said not in {"", key.unit}:
        raise NotAllowed(f"key {key.id} is for one unit", text=f"只能以“{key.unit}”的名义上传。")
    return key.unit or said


def _seen(job_id: str, here: Here, key: Reader) -> Job:
    return own(here.service.status(job_id), key)


def _edited(job_id: str, here: Here, key: Editing) -> Job:
    return own(here.service.status(job_id), key, EDIT)


def _kept(job_id: str, here: Here, key: Custodian) -> Job:
    return own(here.service.status(job_id), key, ORIGINAL)


# The job that an address names, if the request may see it, and may do besides what the name says.
Seen = Annotated[Job, Depends(_seen)]
Edited = Annotated[Job, Depends(_edited)]
Kept = Annotated[Job, Depends(_kept)]


def is_from_elsewhere(request: Request) -> bool:
    """Tell whether another site made a browser send this request (CSRF).

    Browsers state the origin of a request; other programs hold no session cookie.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def is_from_here(request: Request) -> bool:
    """Tell whether a browser says that a page of this desk sent this request."""
    stated = {"sec-fetch-site", "origin"} & set(request.headers)
    return bool(stated) and request.headers.get("sec-fetch-site") != "none" and not is_from_elsewhere(request)
