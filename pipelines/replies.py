"""What the children answer, in one place, so that a parent can read a reply without loading the tool's library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval, MaxLen
from pydantic import FailFast, TypeAdapter

from pipelines.model import Edit, OutputFacts, Refusal


@dataclass(frozen=True, slots=True)
class Edited:
    """What was chosen, and how many pictures the storyboard has."""

    edit: Edit
    tiles: Annotated[int, Interval(ge=1, le=400)]


EDITED: TypeAdapter[Edited] = TypeAdapter(Edited)
REFUSAL: TypeAdapter[Refusal | None] = TypeAdapter(Refusal | None)
FACTS: TypeAdapter[tuple[OutputFacts | Refusal, ...]] = TypeAdapter(
    Annotated[tuple[OutputFacts | Refusal, ...], MaxLen(200), FailFast()]
)
