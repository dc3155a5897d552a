"""Keep batches: which jobs are made again together, how far each is, and what stood before."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select, update

from storage.batch_schema import batch_items, batches
from storage.database import Database

BatchState = Literal["running", "paused", "cancelled", "done", "rolled-back"]
ItemState = Literal["waiting", "queued", "done", "failed", "left", "cancelled", "rolled-back", "pruned"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch. `rate`: jobs per minute at most, 0 for no limit. Times are seconds since 1970."""

    id: str
    name: str
    owner: str
    selector: Mapping[str, Any]
    estimate: Mapping[str, Any]
    state: BatchState
    rate: int
    created: float
    finished: float | None


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One job of a batch. `before` and `after`: what stood and what stands; `reason`: why it failed, in Chinese."""

    batch: str
    job: str
    place: int
    state: ItemState
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    queued: float | None
    ended: float | None


class BatchBook:
    """The batches of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def make(
        self,
        name: str,
        owner: str,
        selector: Mapping[str, Any],
        estimate: Mapping[str, Any],
        rate: int,
        items: Sequence[tuple[str, Mapping[str, Any]]],
    ) -> Batch:
        """Make a batch of these jobs, each with what stands of it now."""
        head = {"id": secrets.token_hex(4), "name": name, "owner": owner, "state": "running", "rate": rate}
        said = {"selector": dict(selector), "estimate": dict(estimate)}
        blank = {"batch": head["id"], "state": "waiting", "after": {}, "reason": ""}
        rows = [{**blank, "job": job, "place": place, "before": dict(old)} for place, (job, old) in enumerate(items)]
        with self._db.begin() as connection:
            made = batches.insert().values(**head, **said, created=self._db.now)
            row = connection.execute(made.returning(*batches.c)).one()
            if rows:
                connection.execute(batch_items.insert(), rows)
        return Batch(**row._mapping)

    def all(self) -> list[Batch]:
        """Return all batches, newest first."""
        with self._db.begin() as connection:
            rows = connection.execute(select(batches).order_by(batches.c.created.desc(), batches.c.id)).all()
        return [Batch(**row._mapping) for row in rows]

    def of(self, batch: str) -> Batch | None:
        """Return a batch by its id."""
        with self._db.begin() as connection:
            row = connection.execute(select(batches).where(batches.c.id == batch)).one_or_none()
        return Batch(**row._mapping) if row else None

    def at_work(self) -> list[Batch]:
        """Return the batches that are running, or still have jobs in the queue, the oldest first."""
        queued = select(batch_items.c.batch).where(batch_items.c.state == "queued")
        its = (batches.c.state == "running") | batches.c.id.in_(queued)
        with self._db.begin() as connection:
            rows = connection.execute(select(batches).where(its).order_by(batches.c.created)).all()
        return [Batch(**row._mapping) for row in rows]

    def turn(self, batch: str, states: Sequence[BatchState], state: BatchState) -> Batch | None:
        """Put a batch that is in one of these states into another; None where it is in none of them."""
        ends = {"finished": self._db.now} if state in {"cancelled", "done", "rolled-back"} else {}
        its = (batches.c.id == batch, batches.c.state.in_(states))
        with self._db.begin() as connection:
            changed = update(batches).where(*its).values(state=state, **ends).returning(*batches.c)
            row = connection.execute(changed).one_or_none()
        return Batch(**row._mapping) if row else None

    def counts(self, batch: str) -> dict[ItemState, int]:
        """Return the number of its jobs by state."""
        query = select(batch_items.c.state, func.count()).where(batch_items.c.batch == batch)
        with self._db.begin() as connection:
            rows = connection.execute(query.group_by(batch_items.c.state)).all()
        return {row[0]: row[1] for row in rows}

    def items(self, batch: str, states: Sequence[ItemState] = (), limit: int = 100_000) -> list[BatchItem]:
        """Return its jobs, or those in one of these states, in their order."""
        its = [batch_items.c.batch == batch, *([batch_items.c.state.in_(states)] if states else [])]
        query = select(batch_items).where(*its).order_by(batch_items.c.place).limit(limit)
        with self._db.begin() as connection:
            return [BatchItem(**row._mapping) for row in connection.execute(query).all()]

    def queued_since(self, batch: str, seconds: float) -> int:
        """Return how many of its jobs were put into the queue within so many seconds."""
        recent = (batch_items.c.batch == batch, batch_items.c.queued > self._db.now - seconds)
        with self._db.begin() as connection:
            return connection.execute(select(func.count()).select_from(batch_items).where(*recent)).scalar_one()

    def mark(
        self,
        item: BatchItem,
        states: Sequence[ItemState],
        state: ItemState,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> bool:
        """Put a job of a batch that is in one of these states into another; return False where it is in none."""
        said: dict[str, Any] = {"state": state, "reason": reason}
        said |= {"queued": self._db.now} if state == "queued" else {"ended": self._db.now}
        said |= {name: dict(value) for name, value in (("before", before), ("after", after)) if value is not None}
        its = (batch_items.c.batch == item.batch, batch_items.c.job == item.job, batch_items.c.state.in_(states))
        with self._db.begin() as connection:
            changed = update(batch_items).where(*its).values(**said).returning(batch_items.c.job)
            return connection.execute(changed).one_or_none() is not None

    def renews(self, job: str) -> bool:
        """Tell whether a batch has put this job into the queue."""
        its = (batch_items.c.job == job, batch_items.c.state == "queued")
        with self._db.begin() as connection:
            return connection.execute(select(batch_items.c.job).where(*its).limit(1)).first() is not None

    def cancel_waiting(self, batch: str) -> None:
        """Cancel all of a batch's jobs that are not in the queue yet."""
        its = (batch_items.c.batch == batch, batch_items.c.state == "waiting")
        with self._db.begin() as connection:
            connection.execute(update(batch_items).where(*its).values(state="cancelled", ended=self._db.now))

    def busy(self) -> set[str]:
        """Return the jobs that a batch still has to make."""
        going = select(batches.c.id).where(batches.c.state.in_(("running", "paused")))
        waiting = (batch_items.c.state == "waiting") & batch_items.c.batch.in_(going)
        its = waiting | (batch_items.c.state == "queued")
        with self._db.begin() as connection:
            return set(connection.execute(select(batch_items.c.job).where(its)).scalars())
