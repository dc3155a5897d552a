"""A package is its owner's; its link is found by its token alone, and ends."""

from __future__ import annotations

from sqlalchemy import create_engine, text


def test_a_package_is_found_by_its_owner_and_a_link_by_its_token(ledger):
    own, none = ledger.packages.make("li", "李编辑", "all", ["b", "a"], 60, shared=False)
    link, token = ledger.packages.make("li", "李编辑", "masters", ["a"], 60, shared=True)

    assert (none, own.jobs, own.shared) == ("", ("b", "a"), False)
    assert ledger.packages.of(own.id, "li") == own
    assert ledger.packages.of(own.id, "wang") is None
    assert ledger.packages.linked(token) == link
    assert ledger.packages.linked(token[:-1]) is None
    assert ledger.packages.linked("") is None
    assert ledger.packages.shared("li") == [link]
    assert ledger.packages.shared("wang") == []


def test_a_link_ends_by_time_and_by_its_owners_or_an_operators_word(ledger):
    short, short_token = ledger.packages.make("li", "李编辑", "all", ["a"], -1, shared=True)
    link, token = ledger.packages.make("li", "李编辑", "all", ["a"], 60, shared=True)

    assert ledger.packages.linked(short_token) is None
    assert ledger.packages.revoke(link.id, "wang") is None
    assert ledger.packages.linked(token)
    assert ledger.packages.revoke(link.id)
    assert ledger.packages.revoke(link.id) is None
    assert ledger.packages.linked(token) is None
    assert {one.id for one in ledger.packages.shared()} == {short.id, link.id}  # still listed


def test_the_token_is_not_in_the_ledger(ledger, ledger_url):
    _, token = ledger.packages.make("li", "李编辑", "all", ["a"], 60, shared=True)
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM packages")).all())
    engine.dispose()

    assert token not in rows
