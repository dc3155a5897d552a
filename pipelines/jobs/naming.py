"""Find a job by the beginning of its id, as a person types it, or by the whole id that a message holds."""

from __future__ import annotations

from pipelines.domain.errors import UnknownJob, WrongUse
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import is_job_id

_SHORTEST = 6  # characters by which a job may be named


def whole_id(context: WorkContext, begun: str) -> str:
    """Return the id of the only job that begins so. Raises UnknownJob, or WrongUse where there are several."""
    if len(begun) < _SHORTEST or not set(begun) <= set("0123456789abcdef"):
        raise UnknownJob(f"not the beginning of a job id: {begun[:60]!r}")
    with translated():
        found = context.ledger.ids(begun)
    if not found:
        raise UnknownJob(f"no job {begun!r}")
    if len(found) > 1:
        text = f"有多个任务以 {begun} 开头，请多写几位：{'、'.join(found)}。"
        raise WrongUse(f"{begun}: {len(found)} jobs", code="ambiguous-job", text=text)
    return found[0]


def job_id_of(value: object) -> str:
    """Return the job id that a message or an address names. Raises UnknownJob for a value that can't be one."""
    if is_job_id(value):
        return str(value)
    raise UnknownJob(f"not a job id: {str(value)[:60]!r}")
