"""What every request needs, from the application's state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from pipelines.service import Service


@dataclass(frozen=True, slots=True)
class Context:
    """`uploads`: folder for bytes on their way in; `max_upload` in bytes."""

    service: Service
    uploads: Path
    max_upload: int


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Here = Annotated[Context, Depends(_context)]
