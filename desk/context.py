"""Provide the objects that every request needs, from the application's state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from desk.identity import RelyingParty
from desk.limits import Pace
from pipelines.domain.errors import NotAllowed
from pipelines.service import Service
from storage.accounts import Accounts
from storage.keyring import Keyring
from storage.records import Key


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The objects that every request needs. `uploads`: the folder of unfinished uploads; `max_upload` in bytes.

    `identity`: the county's identity provider, where there is one.
    """

    service: Service
    uploads: Path
    max_upload: int
    pace: Pace
    identity: RelyingParty | None = None

    @property
    def keys(self) -> Keyring:
        return self.service.keys

    @property
    def accounts(self) -> Accounts:
        return self.service.people.accounts

    def known(self, token: str, address: str, *, session: bool = False) -> Key:
        """Return the key of a token that came from this address.

        With `session` only the token of a session is accepted, without it only that of any other key. Raises NoKey.
        Raises TooOften after too many requests of a key, or too many wrong keys from an address. A valid key is never
        refused for the wrong keys of another client behind the same address.
        """
        key = self.keys.find(token) if token else None
        if key is None or key.is_session != session:
            if token:
                self.pace.miss(address)
            raise NoKey("no key, or not a good one")
        self.pace.spend(key.owner)
        return key


class NoKey(NotAllowed):
    """The error of a request without a valid key: 401."""

    code = "no-key"
    text = "需要访问密钥，或密钥已失效。"


def _context(request: Request) -> RequestContext:
    context: RequestContext = request.app.state.context
    return context


Here = Annotated[RequestContext, Depends(_context)]
