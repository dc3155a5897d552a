"""Issue, find and revoke the access keys of the desk. Only digests are stored; a key is shown once, when it is issued.

A key has 256 random bits and can't be guessed, so a plain SHA-256 is enough to protect it. A session is a key with an
end, opened with another key or by an account; it is refused once that key is revoked, or the account closed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, not_, or_, select, update

from storage.database import Database
from storage.records import Key
from storage.schema import accounts, keys

_TOKEN = re.compile(r"footage_([0-9a-f]{12})_[\w-]{43}", re.ASCII)
_IS_SESSION = or_(keys.c.parent != "", keys.c.account != "")
_COLUMNS = [keys.c[field.name] for field in fields(Key)]


class Keyring:
    """The keys of one ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def issue(
        self,
        label: str,
        scopes: Sequence[str],
        *,
        seconds: float | None = None,
        unit: str = "",
        parent: str = "",
        account: str = "",
    ) -> str:
        """Issue a key and return its token, which is not stored. The key expires after `seconds`, or never for None.

        `unit`: the only unit that it is for. `parent`, `account`: the id of the key, or of the account, that opens a
        session.
        """
        key = secrets.token_hex(6)
        token = f"footage_{key}_{secrets.token_urlsafe(32)}"
        expires = None if seconds is None else self._db.now + seconds
        bound = {"parent": parent, "account": account, "unit": unit}
        row = {"id": key, "digest": _digest(token), "label": label, "scopes": list(scopes), **bound}
        with self._db.begin() as connection:
            connection.execute(delete(keys).where(_IS_SESSION, keys.c.expires < self._db.now))
            connection.execute(keys.insert().values(**row, created=self._db.now, expires=expires))
        return token

    def find(self, token: str) -> Key | None:
        """Return the key of a token, or None unless it and what it was opened with are known and in force."""
        shape = _TOKEN.fullmatch(token)
        if shape is None:
            return None
        good = and_(keys.c.revoked.is_(None), or_(keys.c.expires.is_(None), keys.c.expires > self._db.now))
        with self._db.begin() as connection:
            row = connection.execute(select(*_COLUMNS, keys.c.digest).where(keys.c.id == shape[1], good)).one_or_none()
            opened = [query for query in _opening(row, good) if connection.execute(query).one_or_none() is None]
        if row is None or opened or not hmac.compare_digest(row.digest, _digest(token)):
            return None
        return _key(row)

    def all(self) -> list[Key]:
        """Return every key except sessions, newest first."""
        query = select(*_COLUMNS).where(not_(_IS_SESSION)).order_by(keys.c.created.desc(), keys.c.id)
        with self._db.begin() as connection:
            return [_key(row) for row in connection.execute(query).all()]

    def revoke(self, key: str) -> bool:
        """Revoke this key and every session opened with it; return False if there is no such key in force."""
        revoking = update(keys).where(keys.c.id == key, keys.c.revoked.is_(None)).values(revoked=self._db.now)
        with self._db.begin() as connection:
            return connection.execute(revoking.returning(keys.c.id)).one_or_none() is not None

    def end_sessions(self, account: str, *, but: str = "") -> None:
        """Revoke every session of an account, except the one with the id `but`."""
        of_it = and_(keys.c.account == account, keys.c.id != but, keys.c.revoked.is_(None))
        with self._db.begin() as connection:
            connection.execute(update(keys).where(of_it).values(revoked=self._db.now))


def _opening(row: Row[*tuple[Any, ...]] | None, good: ColumnElement[bool]) -> Iterator[Select[str]]:
    """Yield the queries that must each find what the session of this row was opened with."""
    if row and row.parent:
        yield select(keys.c.id).where(keys.c.id == row.parent, good)
    if row and row.account:
        yield select(accounts.c.id).where(accounts.c.id == row.account, accounts.c.closed.is_(None))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    """Build a key from a row that has at least its columns."""
    found = {field.name: row._mapping[field.name] for field in fields(Key)}
    return Key(**{**found, "scopes": tuple(found["scopes"])})
