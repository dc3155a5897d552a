"""Hold the id of the job in progress, which every log line carries."""

from __future__ import annotations

from contextvars import ContextVar

current_job: ContextVar[str] = ContextVar("current_job", default="")
