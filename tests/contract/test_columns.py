"""The types of what may change of a job say what its table and its record say."""

from __future__ import annotations

from typing import get_type_hints

from storage.changes import JobChanges, JobFields
from storage.records import Job
from storage.schema import jobs


def test_the_columns_of_a_job_are_its_record():
    assert list(jobs.columns.keys()) == list(get_type_hints(Job))


def test_what_may_be_given_to_a_job_are_columns_of_its_own_type():
    given, recorded = get_type_hints(JobFields), get_type_hints(Job)

    assert set(given) <= set(jobs.columns.keys()) - {"id", "created", "updated"}
    structured = {"findings", "needs"}  # taken more widely than they are handed out
    assert {name: given[name] for name in set(given) - structured} == {
        name: recorded[name] for name in set(given) - structured
    }


def test_the_ledger_sets_the_times_of_a_job_itself():
    assert {"created", "updated", "started", "due"}.isdisjoint(get_type_hints(JobChanges))
