"""The index of what is published holds each output once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.records import Asset
from tests.contract.helpers import (
    asset,
    at_once,
)


def test_an_asset_is_read_back_unchanged(ledger):
    given = [asset("a", name="audio", width=None, height=None), asset("b", name="still", role="still", duration=None)]

    ledger.index(given)

    assert ledger.assets(["m"]) == given


def test_an_asset_indexed_twice_is_there_once(ledger):
    ledger.index([asset("a"), asset("a")])
    ledger.index(iter([asset("a"), asset("b", name="poster")]))

    assert ledger.assets(["m"]) == [asset("a"), asset("b", name="poster")]


def test_assets_of_several_manifests_come_by_manifest_and_name(ledger):
    entered = [("m2", "clip-01"), ("m1", "poster"), ("m1", "clip-02"), ("m1", "clip-01"), ("m3", "master")]
    ledger.index(asset(f"{manifest}/{name}", manifest=manifest, name=name) for manifest, name in entered)

    found = ledger.assets(["m2", "m1", "missing"])

    assert [one.key for one in found] == ["m1/clip-01", "m1/clip-02", "m1/poster", "m2/clip-01"]
    assert ledger.assets([]) == []


def test_eight_threads_that_index_the_same_assets_enter_them_once(ledger):
    given = [asset(f"a{number}", name=str(number)) for number in range(8)]

    at_once(8, lambda _: ledger.index(given))

    assert ledger.assets(["m"]) == given


def test_nothing_is_indexed_of_a_list_that_breaks_off(ledger):
    def broken() -> Iterator[Asset]:
        yield asset("a")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        ledger.index(broken())

    assert ledger.assets(["m"]) == []
