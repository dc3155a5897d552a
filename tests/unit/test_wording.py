from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from pipelines.domain.model import Finding
from pipelines.domain.wording import TEXTS, clock, in_words, lasting, megabytes, text
from tests.unit.facts import ROOT

PIPELINES = sorted((ROOT / "pipelines").rglob("*.py"))
# These hand on a code that another function has chosen.
PASSED_ON = {
    ("refusals", "refuse"),
    ("compliance", "shortfalls"),
    ("compliance", "_short"),
    ("edit_session", "_on_edition"),
}
MAKERS = {"Finding", "refuse", "_on_edition", "_short"}


@cache
def _functions() -> list[tuple[str, ast.FunctionDef]]:
    sources = ((path.stem, path.read_text(encoding="utf-8")) for path in PIPELINES)
    trees = ((name, ast.parse(source)) for name, source in sources if re.search("Finding|refuse|_short", source))
    return [(name, node) for name, tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _strings(node: ast.AST) -> set[str]:
    """Every string the expression may come to: both sides of a conditional, but not its condition."""
    if isinstance(node, ast.IfExp):
        return _strings(node.body) | _strings(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _assigned(function: ast.FunctionDef, name: str) -> set[str]:
    assignments = (node for node in ast.walk(function) if isinstance(node, ast.Assign))
    named = (a for a in assignments if any(isinstance(t, ast.Name) and t.id == name for t in a.targets))
    return {found for assignment in named for found in _strings(assignment.value)}


def _said_by(module: str, function: ast.FunctionDef) -> Iterator[str]:
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        if not (isinstance(call.func, ast.Name) and call.func.id in MAKERS):
            continue
        at = 1 if call.func.id == "_short" else 0  # the output comes first
        argument = call.args[at] if call.args else call.keywords[0].value
        codes = _assigned(function, argument.id) if isinstance(argument, ast.Name) else _strings(argument)
        assert codes or (module, function.name) in PASSED_ON, f"{module}.{function.name}: can't tell the code"
        yield from codes


@cache
def emitted() -> set[str]:
    """Every code that pipelines gives to a Finding, read off the source."""
    return {code for module, function in _functions() for code in _said_by(module, function)}


@cache
def gate_codes() -> set[str]:
    """What the finish gate compares: the first of each triple that compliance yields."""
    yields = [
        node.value.elts[0]
        for module, function in _functions()
        if module == "compliance"
        for node in ast.walk(function)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple)
    ]
    return {code for first in yields for code in _strings(first)}


def test_the_source_is_read_rightly() -> None:
    assert {
        "empty",
        "truncated",
        "unreadable",
        "enlarged",
        "no-clips",
        "output-unreadable",
        "channel-gone",
    } <= emitted()
    assert {"size", "codec", "cues", "sound-length", "rotation"} <= gate_codes()
    assert not emitted() & gate_codes()


def test_every_code_that_can_be_emitted_has_a_sentence_of_its_own() -> None:
    assert (emitted() | gate_codes()) - set(TEXTS) == set()


def test_every_sentence_is_said_by_something() -> None:
    assert set(TEXTS) - emitted() - gate_codes() == set()


def test_every_sentence_is_whole_whatever_its_values_are() -> None:
    for code in {*TEXTS, *emitted(), *gate_codes()}:
        said = text(Finding(code, "info", expected="{应有}", actual="{0}"))
        bare = text(Finding(code, "info"))

        assert said.endswith("。"), code
        assert re.search(r"[\u4e00-\u9fff]", bare), code
        assert "{expected}" not in said, code
        assert "{actual}" not in said, code


def test_a_sentence_gives_both_values() -> None:
    finding = Finding("too-long", "reject", expected="06:00:00", actual="07:30:00")

    assert text(finding) == "视频长 07:30:00，超过上限 06:00:00，请分段上传。"


def test_the_finish_gate_says_what_was_promised_and_what_came_out() -> None:
    finding = Finding("frames", "reject", expected="300", actual="299", output="master.mp4")

    assert text(finding) == "成品 master.mp4 应有 300 帧，实有 299 帧。"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00:00"), (59.999, "00:00:59"), (60, "00:01:00"), (3661, "01:01:01"), (359_999, "99:59:59")],
)
def test_a_length_is_shown_as_a_player_shows_it(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_lengths_and_large_numbers_are_in_words() -> None:
    assert [lasting(Fraction(time)) for time in ("0", "39.2", "60", "3661")] == [
        "0 秒",
        "40 秒",
        "1 分",
        "1 小时 1 分 1 秒",
    ]
    assert [in_words(count) for count in (9_216, 48_000_000, 225_000_000)] == ["9216 ", "4800 万", "2.25 亿"]
    assert megabytes(200 << 20) == "200 MB"
