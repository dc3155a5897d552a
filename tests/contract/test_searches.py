"""People save searches under a name; each sees their own."""

from __future__ import annotations

from storage.searches import MOST_SAVED


def told(ledger, owner: str) -> list[tuple[str, str]]:
    return [(search.name, search.query) for search in ledger.searches.of(owner)]


def test_a_search_is_kept_for_the_one_who_saved_it(ledger):
    assert ledger.searches.save("li", "本周曝光", "programme=nanyue")
    assert ledger.searches.save("wang", "全部", "")

    assert told(ledger, "li") == [("本周曝光", "programme=nanyue")]


def test_the_same_name_replaces_the_search_before(ledger):
    ledger.searches.save("li", "本周", "q=a")
    ledger.searches.save("li", "本周", "q=b")

    assert told(ledger, "li") == [("本周", "q=b")]


def test_only_its_owner_removes_a_search(ledger):
    ledger.searches.save("li", "本周", "q=a")
    (search,) = ledger.searches.of("li")

    assert not ledger.searches.remove(search.id, "wang")
    assert ledger.searches.remove(search.id, "li")
    assert told(ledger, "li") == []


def test_nobody_keeps_more_than_a_page_holds(ledger):
    saved = [ledger.searches.save("li", str(number), "") for number in range(MOST_SAVED + 1)]

    assert saved == [True] * MOST_SAVED + [False]
