"""Turn what is asked for into conditions on jobs and an order of them, and count jobs by the values of a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from sqlalchemy import Column, ColumnElement, Select, UnaryExpression, and_, func, or_, select

from storage.bursts import is_in_burst_of, is_on_top
from storage.changes import Order, Selection
from storage.codes import has_code
from storage.records import is_job_id
from storage.reviews import is_reviewed
from storage.schema import codes, jobs
from storage.texts import storable
from storage.words import EMPTY, has_words

Countable = Literal["state", "programme", "unit", "activity", "lane", "finding"]
_EXACT = ("programme", "unit", "activity", "submitter", "pair", "lane")
_ORDERS: dict[Order, tuple[str, bool]] = {  # a column, and whether its greatest value comes first
    "newest": ("created", True),
    "oldest": ("created", False),
    "event": ("date", True),
    "name": ("name", False),
}


def conditions(asked: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a selection; a criterion that is missing or empty is none."""
    for name in _EXACT:
        if value := asked.get(name):
            yield jobs.c[name] == storable(value)
    if unit := asked.get("only_unit"):
        yield jobs.c.unit == unit
    if states := asked.get("states"):
        yield jobs.c.state.in_(states)
    yield from _times(asked)
    yield from _elsewhere(asked)
    if is_job_id(before := asked.get("before")):
        yield _is_after(str(before), asked.get("order", "newest"))


def _times(asked: Selection) -> Iterator[ColumnElement[bool]]:
    if since := asked.get("since"):
        yield jobs.c.date >= since
    if until := asked.get("until"):
        yield and_(jobs.c.date <= until, jobs.c.date != "")
    if received_since := asked.get("received_since"):
        yield jobs.c.created >= received_since
    if received_until := asked.get("received_until"):
        yield jobs.c.created < received_until


def _elsewhere(asked: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on what other tables tell of a job."""
    if review := asked.get("review"):
        yield is_reviewed(review)
    if finding := asked.get("finding"):
        yield has_code(str(storable(finding)))
    if asked.get("stacked"):
        yield is_on_top()
    if is_job_id(burst := asked.get("burst")):
        yield is_in_burst_of(str(burst))
    words = has_words(str(storable(asked.get("words", ""))), asked.get("named", EMPTY))
    if words is not None:
        yield words


def ordering(asked: Selection) -> tuple[UnaryExpression[Any] | ColumnElement[Any], ...]:
    """Return what the jobs of a selection are ordered by; the id decides between equal ones."""
    column, falls = _order(asked.get("order", "newest"))
    return (column.desc() if falls else column, jobs.c.id)


def counting(field: Countable, asked: Selection) -> Select[str, int]:
    """Return the query for the number of jobs by each value of a column, or by each code of a finding.

    Every other criterion of the selection holds; the one on this column does not, so that the other choices are seen.
    """
    left_out = {"states" if field == "state" else field, "before"}
    others = {name: value for name, value in asked.items() if name not in left_out}
    holds = conditions(cast(Selection, others))
    if field == "finding":
        found = select(codes.c.code, func.count()).join(jobs, jobs.c.id == codes.c.job)
        return found.where(*holds).group_by(codes.c.code)
    column = jobs.c[field]
    return select(column, func.count()).where(*holds).group_by(column)


def _order(order: Order) -> tuple[Column[Any], bool]:
    name, falls = _ORDERS[order]
    return jobs.c[name], falls


def _is_after(job_id: str, order: Order) -> ColumnElement[bool]:
    """Return the condition that a job comes after this one in a list in that order."""
    column, falls = _order(order)
    last = jobs.alias("last")
    value = select(last.c[column.name]).where(last.c.id == job_id).scalar_subquery()
    further = column < value if falls else column > value
    return or_(value.is_(None), further, and_(column == value, jobs.c.id > job_id))
