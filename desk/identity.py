"""Ask the county's identity provider who somebody is: OpenID Connect Core 1.0, authorization code flow with PKCE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from fastapi import Request
from starlette.responses import Response

from pipelines.domain.errors import NotAllowed, Outage

SCOPE = "openid profile"
_SECONDS = 10  # for one answer of the provider
_REFUSED = "统一账号登录没有完成，请重新登录；仍不行请联系管理员。"
_SILENT = "统一账号服务没有应答，请稍后再试，或用本系统的密码登录。"


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider. `claim`: what it says of a person that is the name of the person's account here."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "preferred_username"

    @property
    def session_secret(self) -> str:
        """Return what signs the cookie between both halves of a sign-in: the same for every desk of a county."""
        return hashlib.sha256(f"footage sign-in {self.client_secret}".encode()).hexdigest()


class RelyingParty:
    """The desk as the provider knows it. Its metadata are read at the first sign-in, so a desk starts without it."""

    def __init__(self, provider: Provider) -> None:
        # Imported here, because it takes a quarter of a second and most desks have no provider.
        from authlib.integrations.starlette_client import OAuth

        self._provider = provider
        self._app: Any = OAuth().register(
            "county",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "timeout": _SECONDS},
        )

    async def ask(self, request: Request, back: str) -> Response:
        """Redirect to the provider, which sends the browser to `back`. Raises NotAllowed, Outage."""
        with _provider_errors():
            await self._checked()
            asked: Response = await self._app.authorize_redirect(request, back)
        return asked

    async def name(self, request: Request) -> str:
        """Return the account's name that the provider states in its answer. Raises NotAllowed, Outage."""
        with _provider_errors():
            await self._checked()
            token = await self._app.authorize_access_token(request)
            claims = token.get("userinfo") or {}
            if claims.get("sub") and self._provider.claim not in claims:
                claims = await further_claims(self._app, token, claims["sub"])
        return str(claims.get(self._provider.claim) or "")

    async def _checked(self) -> None:
        """Hold the metadata to the issuer that was asked for them (Discovery 1.0, 4.3). Raises NotAllowed."""
        metadata = await self._app.load_server_metadata()
        if str(metadata.get("issuer")).rstrip("/") != self._provider.issuer.rstrip("/"):
            self._app.server_metadata.pop("_loaded_at", None)  # asked anew next time: it may be mended by then
            raise NotAllowed(f"provider says that it is {metadata.get('issuer')!r}", text=_REFUSED)


async def further_claims(app: Any, token: dict[str, Any], sub: str) -> dict[str, Any]:
    """Return the claims of the UserInfo endpoint; none where they are another subject's (Core 1.0, 5.3.2)."""
    claims: dict[str, Any] = await app.userinfo(token=token)
    return claims if claims.get("sub") == sub else {}


@contextmanager
def _provider_errors() -> Iterator[None]:
    """Raise Outage where the provider did not answer, NotAllowed where its answer is not one of the protocol's."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    try:
        yield
    except httpx.HTTPError as error:
        raise Outage(f"identity provider: {error!r}", text=_SILENT) from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError, AttributeError, TypeError) as error:
        raise NotAllowed(f"identity provider: {error!r}", text=_REFUSED) from error
