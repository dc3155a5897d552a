"""Keep the accounts of people: name, role, unit, and what a sign-in is checked against.

A password is stored as its Argon2id hash (RFC 9106). The secret of one-time codes (RFC 6238) is stored as it is: the
server has to compute the codes.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import fields
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, Row, case, select, update

from storage.database import Database
from storage.records import Account
from storage.schema import accounts

_MISSES = 5  # wrong passwords in a row, after which an account is locked
_LOCKED_SECONDS = 900
_STEPS = 1  # of 30 s, by which a phone's clock may differ
_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(4)  # hashes at one time: each takes 64 MiB


class Accounts:
    """The accounts of one ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, name: str, role: str, unit: str, password: str) -> Account | None:
        """Add an account with a password that has to be changed at the first sign-in; None where the name is taken."""
        row = {"id": secrets.token_hex(6), "name": name, "role": role, "unit": unit, "secret": "", "fresh": True}
        row |= {"digest": _HASHER.hash(password), "misses": 0, "locked": 0.0, "step": 0, "created": self._db.now}
        adding = self._db.insert(accounts).values(**row).on_conflict_do_nothing(index_elements=[accounts.c.name])
        with self._db.begin() as connection:
            made = connection.execute(adding.returning(*accounts.c)).one_or_none()
        return _account(made) if made else None

    def all(self) -> list[Account]:
        """Return every account, in the order of their names."""
        with self._db.begin() as connection:
            return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name)).all()]

    def named(self, name: str) -> Account | None:
        """Return the account of this name, closed or not."""
        return self._one(accounts.c.name == name)

    def of(self, account: str) -> Account | None:
        """Return the account with this id, closed or not."""
        return self._one(accounts.c.id == account)

    def _one(self, condition: ColumnElement[bool]) -> Account | None:
        with self._db.begin() as connection:
            row = connection.execute(select(accounts).where(condition)).one_or_none()
        return _account(row) if row else None

    def admit(self, name: str, password: str, code: str = "") -> Account | None:
        """Return the account that this name, password and one-time code open; None where they open none.

        Five wrong attempts in a row lock the account for 15 minutes. An unknown name takes as long as a known one.
        """
        return self._opened(accounts.c.name == name, password, code)

    def confirm(self, account: str, password: str) -> bool:
        """Tell whether this is the password of an account that is in force; attempts count as those of `admit`."""
        return self._opened(accounts.c.id == account, password, None) is not None

    def _opened(self, condition: ColumnElement[bool], password: str, code: str | None) -> Account | None:
        with self._db.begin() as connection:
            row = connection.execute(select(accounts, self._db.now.label("now")).where(condition)).first()
        is_open = row is not None and row.closed is None and row.locked <= row.now
        if row is not None and is_open:
            self._count(row.id)  # before the hash, which takes long: attempts at one time are counted like others
        right = _matches(row.digest if row else _nobody(), password)
        step = _step(row.secret, code, row.step, row.now) if row is not None else None
        if row is None or not is_open or not right or step is None:
            return None
        self._change(row.id, misses=0, locked=0.0, step=step)
        return _account(row)

    def _count(self, account: str) -> None:
        """Count an attempt. The last of them locks the account, and the count begins anew; a right one ends both."""
        last = accounts.c.misses >= _MISSES - 1
        until = case((last, self._db.now + _LOCKED_SECONDS), else_=accounts.c.locked)
        self._change(account, misses=case((last, 0), else_=accounts.c.misses + 1), locked=until)

    def set_password(self, account: str, password: str, *, fresh: bool = False) -> None:
        """Set a password and unlock the account. `fresh`: it has to be changed at the next sign-in."""
        self._change(account, digest=_HASHER.hash(password), fresh=fresh, misses=0, locked=0.0)

    def set_secret(self, account: str, secret: str) -> None:
        """Set the secret of one-time codes, in base 32; an empty one ends them."""
        self._change(account, secret=secret, step=0)

    def close(self, account: str) -> None:
        """Close an account: its sessions are refused from now on."""
        self._change(account, closed=self._db.now)

    def _change(self, account: str, **values: Any) -> None:
        with self._db.begin() as connection:
            connection.execute(update(accounts).where(accounts.c.id == account).values(**values))


def _matches(digest: str, password: str) -> bool:
    try:
        with _AT_ONCE:
            return _HASHER.verify(digest, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _step(secret: str, code: str | None, used: int, now: float) -> int | None:
    """Return the step of time (of 30 s) that a code is of, where it was not used before; None where the code is wrong.

    Where no code is needed, the last step that was used.
    """
    if code is None or not secret:
        return used
    totp, here = pyotp.TOTP(secret), int(now // 30)
    for step in range(here - _STEPS, here + _STEPS + 1):
        if step > used and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


@cache
def _nobody() -> str:
    """Return a hash that no password matches, for names without an account."""
    return _HASHER.hash(secrets.token_hex(16))


def _account(row: Row[Any]) -> Account:
    found = {field.name: row._mapping[field.name] for field in fields(Account) if field.name != "two_steps"}
    return Account(**found, two_steps=bool(row.secret))
