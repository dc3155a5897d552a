"""Sign messages by the Standard Webhooks specification, so that the portal can verify the sender."""

from __future__ import annotations

import base64
import hashlib
import hmac

_PREFIX = "whsec_"
_LEAST_BYTES = 24


def key_of(secret: str) -> bytes:
    """Return the key of a secret: the decoded bytes of `whsec_<base64>`, or the bytes of any other secret.

    Raises ValueError for invalid base64 or fewer than 24 bytes.
    """
    encoded = secret.removeprefix(_PREFIX)
    key = secret.encode() if encoded == secret else base64.b64decode(encoded, validate=True)
    if len(key) < _LEAST_BYTES:
        raise ValueError(f"want {_PREFIX}<base64> or any other secret, of at least {_LEAST_BYTES} bytes")
    return key


def headers_of(key: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of one message. `timestamp`: the time of sending, in seconds since 1970."""
    digest = hmac.digest(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
