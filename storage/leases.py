"""Grant leases that expire by the database's clock, each with a token that rises with every holder."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update

from storage.base import StoreError
from storage.database import Database
from storage.locks import live
from storage.schema import leases

_AT_ONCE = 100


class LeaseLost(StoreError):
    """The error of a lease that has expired or went to another worker; its former holder must publish nothing more."""


class Leases:
    """The leases of a ledger, one row per name. A token is invalid once its lease is lost."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def acquire(self, name: str, holder: str, seconds: float) -> int | None:
        """Take the lease for `seconds` and return its token, or None if the lease is held.

        The token is higher than every earlier token of the lease.
        """
        with self._db.begin() as connection:
            return take(self._db, connection, name, holder, seconds)

    def renew(self, name: str, token: int, seconds: float) -> None:
        """Extend the lease to `seconds` from now. Raises LeaseLost."""
        self._set_expiry(name, token, self._db.now + seconds)

    def release(self, name: str, token: int, *, done: bool = True) -> None:
        """Release the lease; do nothing if it is already lost.

        `done` is True if no unfinished work is left behind. Otherwise `left` finds the lease.
        """
        try:
            self._set_expiry(name, token, 0.0 if done else self._db.now)
        except LeaseLost:
            return

    def check(self, name: str, token: int) -> None:
        """Raise LeaseLost unless the lease is still held under this token."""
        with self._db.begin() as connection:
            if connection.execute(select(leases.c.name).where(*live(self._db, name, token))).one_or_none() is None:
                raise LeaseLost(f"{name}: token {token} is no longer valid")

    def left(self, prefix: str, seconds: float) -> list[str]:
        """Return the names with this prefix whose lease ended over `seconds` ago without being released as done.

        The oldest come first, at most 100.
        """
        ended = leases.c.expires > 0.0, leases.c.expires < self._db.now - seconds
        query = select(leases.c.name).where(leases.c.name.startswith(prefix, autoescape=True), *ended)
        with self._db.begin() as connection:
            return list(connection.execute(query.order_by(leases.c.expires).limit(_AT_ONCE)).scalars())

    def holders(self, prefix: str) -> list[tuple[str, str]]:
        """Return the name and the holder of every live lease with this prefix, in name order."""
        held = leases.c.name.startswith(prefix, autoescape=True), leases.c.expires > self._db.now
        with self._db.begin() as connection:
            rows = connection.execute(select(leases.c.name, leases.c.holder).where(*held).order_by(leases.c.name)).all()
        return [(row.name, row.holder) for row in rows]

    def _set_expiry(self, name: str, token: int, expires: float | ColumnElement[float]) -> None:
        setting = update(leases).where(*live(self._db, name, token)).values(expires=expires)
        with self._db.begin() as connection:
            if connection.execute(setting).rowcount == 0:
                raise LeaseLost(f"{name}: token {token} is no longer valid")


def take(database: Database, connection: Connection, name: str, holder: str, seconds: float) -> int | None:
    """Take the lease as `Leases.acquire` does, within the transaction of `connection`."""
    until = database.now + seconds
    taking = database.insert(leases).values(name=name, holder=holder, token=1, expires=until)
    taking = taking.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": holder, "token": leases.c.token + 1, "expires": until},
        where=leases.c.expires <= database.now,
    )
    token: int | None = connection.execute(taking.returning(leases.c.token)).scalar_one_or_none()
    return token
