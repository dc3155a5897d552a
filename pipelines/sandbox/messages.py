"""Define the JSON messages between parents and children in one place, so that reading one loads no tool's library."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import MaxLen
from pydantic import FailFast, TypeAdapter

from pipelines.domain.model import (
    Analysis,
    Caption,
    Cut,
    Edit,
    OutputFacts,
    PhotoPlan,
    PhotoQuality,
    Refusal,
    Torn,
    VideoPlan,
)
from pipelines.domain.planning.before_after import Sheet

# Requests.
PHOTO: TypeAdapter[PhotoPlan] = TypeAdapter(PhotoPlan)
FILM: TypeAdapter[VideoPlan] = TypeAdapter(VideoPlan)
CUTS: TypeAdapter[tuple[Cut, ...]] = TypeAdapter(tuple[Cut, ...])
ANALYSIS: TypeAdapter[Analysis] = TypeAdapter(Analysis)

Lines = Annotated[tuple[Annotated[str, MaxLen(100)], ...], MaxLen(30)]  # that were read in one picture

# Replies.
EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
SHEET: TypeAdapter[Sheet] = TypeAdapter(Sheet)
DONE: TypeAdapter[Literal[True]] = TypeAdapter(Literal[True])
TORN: TypeAdapter[Torn] = TypeAdapter(Torn)
PHOTO_QUALITY: TypeAdapter[PhotoQuality | Refusal] = TypeAdapter(PhotoQuality | Refusal)
WORDS: TypeAdapter[tuple[Lines, ...]] = TypeAdapter(Annotated[tuple[Lines, ...], MaxLen(50)])
CAPTIONS: TypeAdapter[tuple[Caption, ...]] = TypeAdapter(Annotated[tuple[Caption, ...], MaxLen(20)])
FACTS: TypeAdapter[tuple[OutputFacts | Refusal, ...]] = TypeAdapter(
    Annotated[tuple[OutputFacts | Refusal, ...], MaxLen(200), FailFast()]
)
