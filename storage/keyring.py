"""Access keys: who may ask the desk for what. Only digests are kept; a key is shown once, when it is issued.

A key is 256 random bits, so that a plain SHA-256 keeps it: there is nothing to guess. A session is a key that ends,
opened with another one; it is worth nothing once that one is revoked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select, update

from storage.database import Database
from storage.records import Key
from storage.schema import keys

_TOKEN = re.compile(r"footage_([0-9a-f]{12})_[\w-]{43}", re.ASCII)
_COLUMNS = [keys.c[field.name] for field in fields(Key)]


class Keyring:
    """The keys of one ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def issue(self, label: str, scopes: Sequence[str], *, seconds: float | None = None, parent: str = "") -> str:
        """A new key, told once; it ends after `seconds`, or never. `parent`: the key a session is opened with."""
        key = secrets.token_hex(6)
        token = f"footage_{key}_{secrets.token_urlsafe(32)}"
        expires = None if seconds is None else self._db.now + seconds
        row = {"id": key, "digest": _digest(token), "label": label, "scopes": list(scopes), "parent": parent}
        with self._db.begin() as connection:
            connection.execute(delete(keys).where(keys.c.parent != "", keys.c.expires < self._db.now))
            connection.execute(keys.insert().values(**row, created=self._db.now, expires=expires))
        return token

    def find(self, token: str) -> Key | None:
        """The key behind a token, if it is one, and it and its parent are still good."""
        shape = _TOKEN.fullmatch(token)
        if shape is None:
            return None
        good = and_(keys.c.revoked.is_(None), or_(keys.c.expires.is_(None), keys.c.expires > self._db.now))
        with self._db.begin() as connection:
            row = connection.execute(select(*_COLUMNS, keys.c.digest).where(keys.c.id == shape[1], good)).one_or_none()
            parent = select(keys.c.id).where(keys.c.id == row.parent, good) if row and row.parent else None
            orphan = parent is not None and connection.execute(parent).one_or_none() is None
        if row is None or orphan or not hmac.compare_digest(row.digest, _digest(token)):
            return None
        return _key(row)

    def all(self) -> list[Key]:
        """Every key but the sessions, newest first."""
        query = select(*_COLUMNS).where(keys.c.parent == "").order_by(keys.c.created.desc(), keys.c.id)
        with self._db.begin() as connection:
            return [_key(row) for row in connection.execute(query).all()]

    def revoke(self, key: str) -> bool:
        """From now on this key, and every session opened with it, is refused; False where there is none."""
        revoking = update(keys).where(keys.c.id == key, keys.c.revoked.is_(None)).values(revoked=self._db.now)
        with self._db.begin() as connection:
            return connection.execute(revoking.returning(keys.c.id)).one_or_none() is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    """From a row that has at least a key's columns."""
    found = {field.name: row._mapping[field.name] for field in fields(Key)}
    return Key(**{**found, "scopes": tuple(found["scopes"])})
