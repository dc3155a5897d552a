"""Authenticate and authorise requests by an access key as a bearer token, or by the session cookie of a page.

A cookie is accepted for reading pages and files only. A request that changes something needs the key itself, in a
header that no other site can make a browser send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from desk.context import Here
from pipelines.domain.errors import NotAllowed, UnknownJob
from storage.records import Job, Key

SUBMIT, READ, ORIGINAL = "submit", "read", "original"
COOKIE = "footage_session"
SESSION_SECONDS = 12 * 3600
_SAFE = frozenset({"GET", "HEAD"})


def allowed(*scopes: str) -> Callable[[Request, Here], Key]:
    """Return a dependency that yields the key of a request if it has one of these scopes.

    The dependency raises NoKey, NotAllowed or TooOften.
    """

    def admit(request: Request, here: Here) -> Key:
        key = _key_of(request, here)
        if not set(scopes) & set(key.scopes):
            raise NotAllowed(f"key {key.id} is not for {scopes}", text="这个访问密钥没有此项权限。")
        return key

    return admit


Submitter = Annotated[Key, Depends(allowed(SUBMIT))]
Reader = Annotated[Key, Depends(allowed(READ))]
Custodian = Annotated[Key, Depends(allowed(ORIGINAL))]
Asker = Annotated[Key, Depends(allowed(SUBMIT, READ))]


def _key_of(request: Request, here: Here) -> Key:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return here.known(token, address_of(request))
    cookie = request.cookies.get(COOKIE, "") if request.method in _SAFE else ""
    return here.known(cookie, address_of(request), session=True)


def address_of(request: Request) -> str:
    """Return the address of the client; behind a trusted proxy uvicorn has replaced the proxy's address by it."""
    return request.client.host if request.client else ""


def own(job: Job, key: Key) -> Job:
    """Return the job if this key may see it. Raises UnknownJob otherwise, as if the job did not exist."""
    if READ in key.scopes or job.submitter == key.id:
        return job
    raise UnknownJob(f"job {job.id} is not of key {key.id}")


def is_from_elsewhere(request: Request) -> bool:
    """Tell whether another site made a browser send this form (CSRF).

    Browsers state the origin of a request; other programs hold no session cookie.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
