"""Connect to SQLite or PostgreSQL, with one clock and one error for a database that is unavailable."""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError as PoolTimeout
from sqlalchemy.sql import ColumnElement

from storage.base import StoreError, Unavailable
from storage.migrations import is_current, upgrade

_PATIENCE = (*[0.05] * 200, 0)  # seconds between attempts; after the last attempt the error is raised

# Without these a connection that was cut would block its caller until the kernel gives up, after 15 minutes.
_PATIENT_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

_CLOCKS = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from clock_timestamp())::double precision",
}


class Database:
    """A database at `sqlite:///path` or `postgresql+psycopg://…`, with its schema upgraded to the newest version."""

    def __init__(self, url: str) -> None:
        try:
            self.engine = _engine(url)
        except (ArgumentError, ImportError) as error:
            raise ValueError(f"not a ledger address, want sqlite:///file or postgresql+psycopg://…: {error}") from error
        # At the end of a process at the latest: the last to close a SQLite file writes its journal into it.
        weakref.finalize(self, self.engine.dispose)
        self._joined: ContextVar[Connection | None] = ContextVar("joined", default=None)
        try:
            self._upgrade()
        except StoreError:
            self.engine.dispose()
            raise

    def _upgrade(self) -> None:
        """Upgrade the schema to the newest version, one worker at a time. Raises NewerLedger, Unavailable."""
        with self.begin() as connection:
            if is_current(connection):
                return
        with self.begin() as connection:
            # Workers start at the same time. PostgreSQL would let two of them create the same missing table;
            # SQLite's BEGIN IMMEDIATE does not.
            if self.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('footage ledger'))")
            upgrade(connection)

    @property
    def now(self) -> ColumnElement[float]:
        """Return an SQL expression for the database's clock, in seconds since 1970."""
        return literal_column(_CLOCKS[self.engine.dialect.name])

    def insert(self, table: Table) -> Any:
        """Return an INSERT with support for ON CONFLICT, which both databases spell the same."""
        if self.engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # imported only where it is used: it takes time

        return postgresql.insert(table)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Begin a transaction, or join the one that `together` has begun.

        Raises Unavailable if the database can't be reached or stays locked.
        """
        if joined := self._joined.get():
            yield joined
            return
        try:
            with self.engine.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            raise Unavailable(f"ledger: {error}") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all transactions that this thread begins within the block."""
        with self.begin() as connection:
            before = self._joined.set(connection)
            try:
                yield
            finally:
                self._joined.reset(before)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=4, connect_args=_PATIENT_CONNECTION
        )
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _record: object) -> None:
        # The driver begins a transaction too late: two readers that both start to write would get "database is locked".
        connection.isolation_level = None
        _journal_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _journal_ahead(connection: Any) -> None:
    """Switch on write-ahead logging.

    If two processes open a new file at once, the second gets "locked" without the usual wait, so the switch is retried.
    """
    for wait in _PATIENCE:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not wait:
                raise
            time.sleep(wait)
        else:
            return
