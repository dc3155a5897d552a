"""What a transaction holds on to: a row of the leases' table, made where it is missing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection

from storage.database import Database
from storage.schema import leases


def lock(database: Database, connection: Connection, name: str) -> None:
    """The row of this name is held to the end of the transaction; its lease is left as it is."""
    row = database.insert(leases).values(name=name, holder="", token=0, expires=0.0)
    keeping = row.on_conflict_do_update(index_elements=[leases.c.name], set_={"token": leases.c.token})
    connection.execute(keeping)


def live(
    database: Database, name: str | ColumnElement[str], token: int | ColumnElement[int] | None = None
) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a lease of this name, under this token, is held now."""
    same = () if token is None else (leases.c.token == token,)
    return leases.c.name == name, leases.c.expires > database.now, *same
