"""Define the description of a file that a portal sends before the file itself, by the API or by the queue."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, field_validator

Said = Annotated[str, Field(max_length=200)]

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def iso_day(value: object) -> object:
    """Return the day that a text names as YYYY-MM-DD (RFC 3339); anything else but a day or None is a ValueError."""
    if value is None or isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("want YYYY-MM-DD")
    return datetime.date.fromisoformat(value)


Day = Annotated[datetime.date | None, BeforeValidator(iso_day)]


class Announcement(BaseModel):
    """The description of a file; docs/api.md explains each field."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    programme: Said = ""
    unit: Said = ""
    activity: Said = ""
    place: Said = ""
    date: Day = None
    pair: Said = ""
    side: Literal["", "before", "after"] = ""
    urgent: StrictBool = False

    @field_validator("*")
    @classmethod
    def _encodable(cls, value: object) -> object:
        if isinstance(value, str):
            value.encode()  # refuses a lone surrogate: UnicodeEncodeError is a ValueError
        return value

    @property
    def lane(self) -> str:
        """Return the lane that is asked for; empty where the bytes decide."""
        return "urgent" if self.urgent else ""
