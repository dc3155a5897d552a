"""People sign in by name and password; who guesses is locked out, who is closed stays out."""

from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import create_engine, text

from storage.ledger import Ledger
from storage.records import Account

PASSWORD = "k7mf-29qx-tz4h"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at a hundredth of the cost: how strong a hash is, is a test of its own."""
    monkeypatch.setattr("storage.accounts._HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def account(ledger: Ledger) -> Account:
    made = ledger.accounts.add("李编辑", "publicity", "", PASSWORD)
    assert made
    return made


def test_a_password_is_hashed_as_rfc_9106_recommends_for_64_mib(monkeypatch, ledger, ledger_url):
    monkeypatch.undo()
    ledger.accounts.add("李编辑", "publicity", "", PASSWORD)
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        used = extract_parameters(connection.execute(text("SELECT digest FROM accounts")).scalar_one())
    engine.dispose()

    assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, 64 << 10, 3, 4)


def test_the_right_password_opens_the_account_and_no_other(ledger, account):
    assert ledger.accounts.admit("李编辑", PASSWORD) == account
    assert ledger.accounts.admit("李编辑", PASSWORD + "x") is None
    assert ledger.accounts.admit("王编辑", PASSWORD) is None


def test_a_name_is_given_once(ledger, account):
    assert ledger.accounts.add("李编辑", "operator", "", "other-password") is None
    assert ledger.accounts.all() == [account]


def test_no_password_is_in_the_ledger(ledger, account, ledger_url):
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM accounts")).all())
    engine.dispose()

    assert PASSWORD not in rows
    assert "$argon2id$" in rows


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(ledger, account):
    for _ in range(4):
        assert ledger.accounts.admit("李编辑", "wrong") is None
    assert ledger.accounts.admit("李编辑", PASSWORD) == account  # a right one ends the count

    for _ in range(5):
        assert ledger.accounts.admit("李编辑", "wrong") is None

    assert ledger.accounts.admit("李编辑", PASSWORD) is None
    assert ledger.accounts.confirm(account.id, PASSWORD) is False


def test_a_lock_ends_by_itself_and_by_a_new_password(ledger, account, ledger_url):
    for _ in range(5):
        ledger.accounts.admit("李编辑", "wrong")
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET locked = locked - 900"))
    engine.dispose()

    assert ledger.accounts.admit("李编辑", PASSWORD)
    for _ in range(5):
        ledger.accounts.admit("李编辑", "wrong")
    ledger.accounts.set_password(account.id, "another-password")

    opened = ledger.accounts.admit("李编辑", "another-password")
    assert opened
    assert opened.fresh is False


def test_two_steps_ask_for_the_code_of_the_moment(ledger, account):
    secret = pyotp.random_base32()
    ledger.accounts.set_secret(account.id, secret)

    opened = ledger.accounts.admit("李编辑", PASSWORD, pyotp.TOTP(secret).now())

    assert opened
    assert opened.two_steps
    assert ledger.accounts.admit("李编辑", PASSWORD) is None
    assert ledger.accounts.admit("李编辑", PASSWORD, "000000") is None
    assert ledger.accounts.confirm(account.id, PASSWORD)


def test_a_closed_account_and_its_sessions_stay_out(ledger, account):
    session = ledger.keys.issue("李编辑", ["read"], seconds=60, account=account.id)
    assert ledger.keys.find(session)

    ledger.accounts.close(account.id)

    assert ledger.keys.find(session) is None
    assert ledger.accounts.admit("李编辑", PASSWORD) is None


def test_sessions_of_an_account_end_together_but_for_the_one_that_is_kept(ledger, account):
    kept, other = (ledger.keys.issue("李编辑", ["read"], seconds=60, account=account.id) for _ in range(2))
    found = ledger.keys.find(kept)
    assert found

    ledger.keys.end_sessions(account.id, but=found.id)

    assert ledger.keys.find(kept)
    assert ledger.keys.find(other) is None
    assert ledger.keys.all() == []  # sessions are no keys
