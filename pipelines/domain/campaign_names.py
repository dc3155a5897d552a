"""Bring what people call a unit, a programme or an activity to what jobs keep: a unit's name, the others' ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipelines.domain.campaign import Activity, Campaign, Programme
from pipelines.domain.errors import WrongUse


def unit_called(campaign: Campaign, said: str) -> str:
    """Return the name of a unit by its id, name or alias; empty for an empty text. Raises WrongUse."""
    name = campaign.unit_named(said)
    if name and name not in campaign.units.values():
        raise _unknown("unit", "单位", name, campaign.units.values())
    return name


def programme_called(campaign: Campaign, said: str) -> str:
    """Return the id of a programme by its id or name; empty for an empty text. Raises WrongUse."""
    return _called(campaign.programmes, said, "programme", "栏目")


def activity_called(campaign: Campaign, said: str) -> str:
    """Return the id of an activity by its id or name; empty for an empty text. Raises WrongUse."""
    return _called(campaign.activities, said, "activity", "活动")


def _called(rules: Mapping[str, Programme] | Mapping[str, Activity], said: str, kind: str, word: str) -> str:
    by_name = {rule.name: code for code, rule in rules.items()}
    code = by_name.get(said, said)
    if code and code not in rules:
        raise _unknown(kind, word, said, by_name)
    return code


def _unknown(kind: str, word: str, said: str, known: Iterable[str]) -> WrongUse:
    text = f"没有{word}“{said}”；可用：{'、'.join(known)}。"
    return WrongUse(f"no {kind} {said[:40]!r}", code=f"unknown-{kind}", text=text)
