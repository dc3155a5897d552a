"""What the children answer, in one place, so that a parent can read a reply without loading the tool's library."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import MaxLen
from pydantic import FailFast, TypeAdapter

from pipelines.model import Caption, Edit, Look, OutputFacts, Refusal
from pipelines.pairs import Sheet

EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
SHEET: TypeAdapter[Sheet] = TypeAdapter(Sheet)
DONE: TypeAdapter[Literal[True]] = TypeAdapter(Literal[True])
LOOK: TypeAdapter[Look | Refusal] = TypeAdapter(Look | Refusal)
CAPTIONS: TypeAdapter[tuple[Caption, ...]] = TypeAdapter(Annotated[tuple[Caption, ...], MaxLen(20)])
FACTS: TypeAdapter[tuple[OutputFacts | Refusal, ...]] = TypeAdapter(
    Annotated[tuple[OutputFacts | Refusal, ...], MaxLen(200), FailFast()]
)
