"""What the keyring keeps to, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import update

from storage.ledger import Ledger
from storage.schema import keys
from tests.contract.helpers import ExaminedLedger


def of(token: str) -> str:
    """The id of a key."""
    return token.split("_")[1]


def expire(ledger: ExaminedLedger, token: str) -> None:
    with ledger.behind.begin() as connection:
        connection.execute(update(keys).where(keys.c.id == of(token)).values(expires=ledger.behind.now - 1))


def test_a_key_is_found_by_its_token_and_by_nothing_else(ledger):
    token = ledger.keys.issue("上传门户", ["submit"])
    other = ledger.keys.issue("宣传组", ["read", "submit"])

    found = ledger.keys.find(token)

    assert (found.id, found.label, found.scopes, found.expires) == (of(token), "上传门户", ("submit",), None)
    assert ledger.keys.find(other).scopes == ("read", "submit")
    swapped = f"footage_{of(token)}_{other.split('_', 2)[2]}"
    for wrong in ("", "footage_", token[:-1], token + "x", token.upper(), swapped, f" {token}", "名" * 70):
        assert ledger.keys.find(wrong) is None


def test_a_revoked_key_is_refused_for_ever(ledger):
    token = ledger.keys.issue("x", ["read"])

    assert [ledger.keys.revoke(of(token)), ledger.keys.revoke(of(token)), ledger.keys.revoke("none")] == [
        True,
        False,
        False,
    ]
    assert ledger.keys.find(token) is None
    assert [key.revoked is not None for key in ledger.keys.all()] == [True]


def test_a_key_ends_when_its_time_is_over(ledger):
    token = ledger.keys.issue("x", ["read"], seconds=3600)
    assert 3590 < ledger.keys.find(token).expires - ledger.keys.find(token).created < 3610

    expire(ledger, token)

    assert ledger.keys.find(token) is None


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_session_is_worth_nothing_once_its_key_is_not(ledger, end):
    token = ledger.keys.issue("x", ["read"])
    session = ledger.keys.issue("session", ["read"], seconds=3600, parent=of(token))
    assert ledger.keys.find(session).parent == of(token)

    ledger.keys.revoke(of(token)) if end == "revoked" else expire(ledger, token)

    assert ledger.keys.find(session) is None


def test_sessions_are_not_listed_and_swept_once_they_are_over(ledger):
    token = ledger.keys.issue("x", ["read"])
    session = ledger.keys.issue("session", ["read"], seconds=3600, parent=of(token))
    expire(ledger, session)

    ledger.keys.issue("next", ["read"], seconds=3600, parent=of(token))

    assert [key.id for key in ledger.keys.all()] == [of(token)]
    assert ledger.keys.revoke(of(session)) is False


def test_a_ledger_of_an_earlier_version_gets_the_columns_that_came_since(sqlite_url, tmp_path):
    with closing(Ledger(sqlite_url)) as ledger:
        job = ledger.create(name="old.mp4", programme="zhubo")
    with sqlite3.connect(tmp_path / "ledger.db") as file:
        file.execute("ALTER TABLE jobs DROP COLUMN submitter")
        file.execute("DROP TABLE alembic_version")

    with closing(Ledger(sqlite_url)) as ledger:
        assert ledger.job(job.id) == job
        assert ledger.create(name="new.mp4", programme="zhubo", submitter="abc").submitter == "abc"
