"""Three clocks side by side: the camera's, the satellites' and the server's. A reviewer asks, years on. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo

from pipelines.domain.model import Finding, ImageFacts

_NEAR = timedelta(minutes=10)  # a camera set by hand


def clock_findings(facts: ImageFacts, received: datetime | None, zone: tzinfo) -> Iterator[Finding]:
    """What each clock said, in `zone`; a camera that says no zone is taken to be in it. Nothing without its time.

    They differ where the camera is far from the satellites, or took the picture after it arrived.
    """
    camera, satellites = _time(facts.taken + facts.zone, zone), _time(facts.satellites, UTC)
    if camera is None:
        return
    clocks = {"相机": camera, "卫星": satellites, "服务器收到": received}
    told = "，".join(f"{name} {_told(clock, zone)}" for name, clock in clocks.items() if clock)
    wrong = satellites is not None and abs(camera - satellites) > _NEAR
    late = received is not None and camera > received + _NEAR
    yield Finding("clocks-differ" if wrong or late else "clocks", "warning" if wrong or late else "info", actual=told)


def _time(text: str, zone: tzinfo) -> datetime | None:
    """What a child says is no time before it has been read as one."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    # At either end of the calendar there is no other zone to show it in.
    return (time if time.tzinfo else time.replace(tzinfo=zone)) if 1 < time.year < MAXYEAR else None


def _told(clock: datetime, zone: tzinfo) -> str:
    return clock.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
