"""Lock a row of the table of leases for the length of a transaction, and test whether a lease is held."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection

from storage.database import Database
from storage.schema import leases


def lock(database: Database, connection: Connection, name: str) -> None:
    """Lock the row of this name to the end of the transaction, and create it if it is missing.

    The lease itself is left unchanged.
    """
    row = database.insert(leases).values(name=name, holder="", token=0, expires=0.0)
    keeping = row.on_conflict_do_update(index_elements=[leases.c.name], set_={"token": leases.c.token})
    connection.execute(keeping)


def live(
    database: Database, name: str | ColumnElement[str], token: int | ColumnElement[int] | None = None
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a lease of this name that is held now, under this token if one is given."""
    same = () if token is None else (leases.c.token == token,)
    return leases.c.name == name, leases.c.expires > database.now, *same
