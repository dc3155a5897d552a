"""Upgrade the ledger's schema when a ledger is opened; each version is a file under `versions` (ADR 0017)."""

from __future__ import annotations

import logging
from threading import Lock

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from storage.base import StoreError

HEAD = "0013"  # the newest version; stated here so that opening an up-to-date ledger does not import Alembic

_TABLE = "alembic_version"
_ONE_AT_A_TIME = Lock()  # Alembic's `op` and `context` are global to the process


class NewerLedger(StoreError):
    """The error of a ledger that this program can't upgrade, most often because a newer program has upgraded it."""


def is_current(connection: Connection) -> bool:
    """Tell whether the ledger is at `HEAD`.

    If the ledger has no version table, PostgreSQL has aborted the transaction of `connection` afterwards.
    """
    try:
        version = connection.exec_driver_sql(f"SELECT version_num FROM {_TABLE}").scalar_one_or_none()  # noqa: S608
    except (OperationalError, ProgrammingError) as error:
        if _TABLE in str(error.orig):
            return False
        raise
    return version == HEAD


def upgrade(connection: Connection) -> None:
    """Upgrade the ledger to `HEAD` within the transaction of `connection`, which must exclude other upgrades.

    Raises NewerLedger.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each plugin and step is announced at INFO
    from alembic import command  # imported only when a ledger has to be upgraded
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "storage:migrations")
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise NewerLedger(f"ledger: no way from its schema to {HEAD}: {error}") from error
