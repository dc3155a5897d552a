"""Changes of the ledger's schema, one file each under `versions`, carried out when a ledger is opened (ADR 0017)."""

from __future__ import annotations

import logging
from threading import Lock

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from storage.base import StoreError

HEAD = "0001"  # the newest version, known here so that opening a ledger that has it does not import Alembic

_TABLE = "alembic_version"
_ONE_AT_A_TIME = Lock()  # Alembic's `op` and `context` are global to the process


class NewerLedger(StoreError):
    """A ledger that cannot be upgraded by this program, most often because a newer one has upgraded it."""


def is_current(connection: Connection) -> bool:
    """Return whether the ledger is at `HEAD`. On PostgreSQL the transaction is over where it was never stamped."""
    try:
        version = connection.exec_driver_sql(f"SELECT version_num FROM {_TABLE}").scalar_one_or_none()  # noqa: S608
    except (OperationalError, ProgrammingError) as error:
        if _TABLE in str(error.orig):
            return False
        raise
    return version == HEAD


def upgrade(connection: Connection) -> None:
    """Bring the ledger to `HEAD` within the transaction of `connection`, which keeps others out.

    Raises NewerLedger.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each plugin and step is announced at INFO
    from alembic import command  # only those pay for it whose ledger is behind
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "storage:migrations")
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise NewerLedger(f"ledger: no way from its schema to {HEAD}: {error}") from error
