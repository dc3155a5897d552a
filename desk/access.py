"""Who is asking, and may they: an access key as a bearer token, or a page's session cookie.

A cookie opens pages and files and changes nothing: what changes something wants the key itself in a header that no
other site can make a browser send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from desk.context import Here
from pipelines.domain.errors import NotAllowed, UnknownJob
from storage.records import Job, Key

SUBMIT, READ = "submit", "read"
COOKIE = "footage_session"
SESSION_SECONDS = 12 * 3600
_SAFE = frozenset({"GET", "HEAD"})


def allowed(*scopes: str) -> Callable[[Request, Here], Key]:
    """A dependency: the key of a request that has one of these scopes. Raises NoKey, NotAllowed or TooOften."""

    def admit(request: Request, here: Here) -> Key:
        key = _key_of(request, here)
        if not set(scopes) & set(key.scopes):
            raise NotAllowed(f"key {key.id} is not for {scopes}", text="这个访问密钥没有此项权限。")
        return key

    return admit


Submitter = Annotated[Key, Depends(allowed(SUBMIT))]
Reader = Annotated[Key, Depends(allowed(READ))]
Asker = Annotated[Key, Depends(allowed(SUBMIT, READ))]


def _key_of(request: Request, here: Here) -> Key:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return here.known(token, address_of(request))
    cookie = request.cookies.get(COOKIE, "") if request.method in _SAFE else ""
    return here.known(cookie, address_of(request), session=True)


def address_of(request: Request) -> str:
    """Where the request comes from; behind a trusted proxy, uvicorn has put the client's address here."""
    return request.client.host if request.client else ""


def own(job: Job, key: Key) -> Job:
    """The job, where this key may know of it; to any other it isn't there. Raises UnknownJob."""
    if READ in key.scopes or job.submitter == key.id:
        return job
    raise UnknownJob(f"job {job.id} is not of key {key.id}")


def is_from_elsewhere(request: Request) -> bool:
    """True for a form that another site made a browser send (CSRF). Browsers say; other programs have no cookies."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
