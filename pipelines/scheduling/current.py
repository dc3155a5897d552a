"""Whose work is going on: every line of the logs says it."""

from __future__ import annotations

from contextvars import ContextVar

current_job: ContextVar[str] = ContextVar("current_job", default="")
