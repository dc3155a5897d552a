"""Turn what is asked for into conditions on jobs, and count jobs by the values of a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from storage.changes import Selection
from storage.records import is_job_id
from storage.reviews import is_reviewed
from storage.schema import jobs
from storage.words import has_words

Countable = Literal["state", "programme", "unit", "activity"]
_EXACT = ("programme", "unit", "activity", "submitter", "pair")
_Value = TypeVar("_Value")


def conditions(asked: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a selection; a criterion that is missing or empty is none."""
    for name in _EXACT:
        if value := asked.get(name):
            yield jobs.c[name] == storable(value)
    if unit := asked.get("only_unit"):
        yield jobs.c.unit == unit
    if states := asked.get("states"):
        yield jobs.c.state.in_(states)
    if since := asked.get("since"):
        yield jobs.c.date >= since
    if until := asked.get("until"):
        yield and_(jobs.c.date <= until, jobs.c.date != "")
    if review := asked.get("review"):
        yield is_reviewed(review)
    words = has_words(str(storable(asked.get("words", ""))))
    if words is not None:
        yield words
    if is_job_id(before := asked.get("before")):
        yield _is_after(str(before))


def counting(field: Countable, asked: Selection) -> Select[str, int]:
    """Return the query for the number of jobs by each value of a column.

    Every other criterion of the selection holds; the one on this column does not, so that the other choices are seen.
    """
    left_out = {"states" if field == "state" else field, "before"}
    others = {name: value for name, value in asked.items() if name not in left_out}
    column = jobs.c[field]
    return select(column, func.count()).where(*conditions(cast(Selection, others))).group_by(column)


def _is_after(job_id: str) -> ColumnElement[bool]:
    """Return the condition that a job comes after this one in a list with the newest first."""
    last = jobs.alias("last")
    created = select(last.c.created).where(last.c.id == job_id).scalar_subquery()
    later = or_(jobs.c.created < created, and_(jobs.c.created == created, jobs.c.id > job_id))
    return or_(created.is_(None), later)


def storable(value: _Value) -> _Value | str:
    """Return a text without the characters that a database can't store; any other value as it is."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value
