"""The Chinese words that pages and scripts show, found where they are written, and their English."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from desk.problems import known
from pipelines.domain.figures import DIMENSIONS, MEASURES
from pipelines.domain.finding_names import FINDINGS
from pipelines.domain.hazards import HAZARD_STATES
from pipelines.domain.wording import BATCHES, EVENTS, LANES, OUTPUTS, REVIEWS, STATES
from pipelines.service import COUNTS, NEEDS, PRESETS, ROLES, STANDINGS
from tests.unit.facts import ROOT

HAN = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")
_DESK, _DOMAIN = ROOT / "desk", ROOT / "pipelines" / "domain"
TEMPLATES, _SCRIPTS = _DESK / "templates", _DESK / "static"
_CALLS = {"_": None, "gettext": None, "ngettext": (1, 2), "translated": None}
_SAY = re.compile(r'\bsay\("([^"]*)"')
_ROW = re.compile(r'^  "([^"]+)": "([^"]+)",$', re.MULTILINE)
# Where errors are worded that a page shows; what the API alone answers stays in Chinese.
_SAYING = (
    "desk/*.py",
    "desk/auth/*.py",
    "desk/pages/*.py",
    "desk/downloads/*.py",
    "desk/ops/*.py",
    "pipelines/jobs/*.py",
)
_WITHIN_VALUES = {
    "逐行",
    "隔行（上场先）",
    "隔行（下场先）",
    "恒定",
    "不固定",
}  # a value with a number in it stays as it is


def catalogue() -> dict[str, list[str]]:
    """The English forms by Chinese text."""
    with (_DESK / "locale" / "en.po").open("rb") as file:
        found = [(message.id, message.string) for message in read_po(file, locale="en") if message.id]
    return {_first(text): [said] if isinstance(said, str) else [*said] for text, said in found}


def of_pages() -> set[str]:
    """What is handed to the catalogue as it is written, and words of tables and errors that are variables there."""
    written = _extracted(babel_extract, TEMPLATES.rglob("*.html")) | _extracted("python", _DESK.rglob("*.py"))
    tables = (
        FINDINGS,
        EVENTS,
        LANES,
        OUTPUTS,
        REVIEWS,
        STATES,
        STANDINGS,
        NEEDS,
        COUNTS,
        HAZARD_STATES,
        BATCHES,
        DIMENSIONS,
        MEASURES,
        known(),
    )
    named = {name for name, _ in PRESETS.values()} | {role.name for role in ROLES.values()}
    orders, lanes = _constants(_DESK / "pages" / "grid.py"), _constants(_DOMAIN / "lanes.py")
    rules = {*_constants(_DOMAIN / "compliance_sheet.py")} - _WITHIN_VALUES
    sentences = {text for path in _saying() for text in _constants(path) if text.endswith("。")}
    return written.union(named, orders, lanes, rules, sentences, *(table.values() for table in tables))


def of_scripts() -> set[str]:
    return {text for path in _scripts() for text in _SAY.findall(path.read_text("utf-8"))}


def of_the_scripts_table() -> dict[str, str]:
    return dict(_ROW.findall((_SCRIPTS / "words.js").read_text("utf-8")))


def written_past_the_table() -> list[str]:
    """Lines of scripts with Chinese outside `say` and outside comments."""
    lines = (line for path in _scripts() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if HAN.search(_SAY.sub("", line).partition("// ")[0])]


def _extracted(method: str | Callable[..., Any], paths: Iterable[Path]) -> set[str]:
    options = {"newstyle_gettext": "true", "silent": "false"}
    return {
        _first(text)
        for path in paths
        for _, text, _, _ in extract(method, BytesIO(path.read_bytes()), keywords=_CALLS, options=options)
    }


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _constants(path: Path) -> Iterator[str]:
    """Chinese strings that are whole: no parts of strings with values in them."""
    tree = ast.parse(path.read_text("utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in parts and HAN.search(str(node.value)):
            yield str(node.value)


def _saying() -> Iterator[Path]:
    yield from (path for pattern in _SAYING for path in sorted(ROOT.glob(pattern)))


def _scripts() -> list[Path]:
    return [path for path in sorted(_SCRIPTS.glob("*.js")) if path.name != "words.js"]
