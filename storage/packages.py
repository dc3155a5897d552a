"""Keep packages: sets of jobs that their owner downloads at once, or hands on by a link that ends.

A link's token has 256 random bits; only its digest is stored, as of an access key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from storage.database import Database
from storage.records import Package
from storage.schema import packages

_KEPT_SECONDS = 30 * 86_400  # a package that has ended stays listed for so long


class Packages:
    """The packages of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def make(
        self, owner: str, name: str, preset: str, jobs: Sequence[str], seconds: float, *, shared: bool
    ) -> tuple[Package, str]:
        """Make a package that ends after `seconds`; return it with its link's token, empty where it is not shared."""
        token = secrets.token_urlsafe(32) if shared else ""
        row = {"id": secrets.token_hex(6), "owner": owner, "name": name, "preset": preset, "jobs": list(jobs)}
        making = packages.insert().values(
            **row, digest=_digest(token), created=self._db.now, expires=self._db.now + seconds
        )
        old = packages.c.expires < self._db.now - _KEPT_SECONDS
        with self._db.begin() as connection:
            connection.execute(delete(packages).where(old))
            return _package(connection.execute(making.returning(*packages.c)).one()), token

    def of(self, package: str, owner: str) -> Package | None:
        """Return a package in force by its id, for its owner."""
        return self._one(and_(packages.c.id == package, packages.c.owner == owner))

    def linked(self, token: str) -> Package | None:
        """Return the package in force that this token links to."""
        return self._one(packages.c.digest == _digest(token)) if token else None

    def _one(self, condition: ColumnElement[bool]) -> Package | None:
        good = and_(condition, packages.c.expires > self._db.now, packages.c.revoked.is_(None))
        with self._db.begin() as connection:
            row = connection.execute(select(packages).where(good)).one_or_none()
        return _package(row) if row else None

    def shared(self, owner: str = "") -> list[Package]:
        """Return the packages that have a link, of one owner or of all, newest first; ended ones for 30 days."""
        query = select(packages).where(packages.c.digest != "").order_by(packages.c.created.desc(), packages.c.id)
        with self._db.begin() as connection:
            rows = connection.execute(query.where(packages.c.owner == owner) if owner else query).all()
        return [_package(row) for row in rows]

    def revoke(self, package: str, owner: str = "") -> Package | None:
        """Revoke a link, of this owner or of any; return None where there is none in force."""
        its = [packages.c.id == package, packages.c.revoked.is_(None)]
        its += [packages.c.owner == owner] if owner else []
        revoking = update(packages).where(*its).values(revoked=self._db.now)
        with self._db.begin() as connection:
            row = connection.execute(revoking.returning(*packages.c)).one_or_none()
        return _package(row) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


def _package(row: Row[Any]) -> Package:
    found = {**row._mapping, "jobs": tuple(row.jobs), "shared": bool(row.digest)}
    del found["digest"]
    return Package(**found)
