"""Campaign rules are data: none of them is written in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipelines.domain.campaign import Campaign
from pipelines.domain.profiles import PhotoProfile, VideoProfile
from tests.unit.facts import JIEXI, ROOT, jiexi, other

SOURCES = [path for room in ("worker", "pipelines", "storage", "desk") for path in sorted((ROOT / room).rglob("*.py"))]
NUMBERS = {1920, 1080, 2020}
# "bt2020" is a colour matrix and "1080.5" no size; "x1080", "2020-06" and "1080p" are rules.
SIZES = r"(?<![0-9.])(?<!bt)(?:1920|1080|2020)(?![0-9.])"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _docstrings(tree: ast.AST) -> set[int]:
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and node.body)
    return {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}


def literals(source: str) -> Iterator[tuple[int, object]]:
    """Line and value of every literal that is no docstring."""
    tree = ast.parse(source)
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in skipped:
            yield node.lineno, node.value


def _names(campaign: Campaign) -> set[str]:
    programmes = {programme.name for programme in campaign.programmes.values()}
    windows = {window.name for window in campaign.windows.values()}
    return {*programmes, *windows, *campaign.units.values(), campaign.campaign.county, campaign.campaign.theme}


@cache
def _written() -> re.Pattern[str]:
    return re.compile("|".join([SIZES, *map(re.escape, sorted(_names(jiexi())))]))


def _is_rule(value: object) -> bool:
    if isinstance(value, str):
        # The name of the campaign file is an address, not a rule.
        said = value.replace(JIEXI.stem, "")
        return bool(_written().search(said))
    return isinstance(value, int | float) and value in NUMBERS


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1920", True),
        ("x = 1080.0", True),
        ("scale = 'scale=1920:1080'", True),
        ("title = f'{n} 安全主播走一线'", True),
        ("day = '2020-06-01'", True),
        ("matrix = 'bt2020nc'", False),
        ("campaign = 'jiexi-2020'", False),
        ("size = 19200", False),
        ("'''A master is 1920×1080.'''", False),
        ("x = 1  # 1080p", False),
    ],
)
def test_a_rule_is_found_where_it_is_written(source: str, found: bool) -> None:
    assert any(_is_rule(value) for _, value in literals(source)) is found


def _leaks(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if not _written().search(source):
        return  # not even in a comment
    for line, value in literals(source):
        if _is_rule(value):
            yield f"{path.relative_to(ROOT)}:{line}: {value!r}"


def test_no_campaign_rule_has_leaked_into_the_code() -> None:
    assert [leak for path in SOURCES for leak in _leaks(path)] == []


def test_the_second_campaign_shares_no_rule_with_the_first() -> None:
    first, second = jiexi(), other()
    video, video2 = first.video_profile("zhubo"), second.video_profile("kuangshan")
    same = {name for name in type(video).model_fields if getattr(video, name) == getattr(video2, name)}

    assert same == {"kind", "codec", "pixel_format", "audio_codec"}
    assert not _names(first) & _names(second)
    assert {"zhubo", "nanyue"}.isdisjoint(second.programmes)


@pytest.mark.parametrize("profile", [VideoProfile, PhotoProfile])
def test_every_field_of_a_profile_is_explained(profile: type[VideoProfile] | type[PhotoProfile]) -> None:
    rows = [line for line in (ROOT / "docs" / "profiles.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert set(profile.model_fields) - {"kind"} <= explained
