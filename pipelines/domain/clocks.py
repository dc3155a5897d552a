"""Compare three clocks, the camera's, the satellites' and the server's, for a reviewer who asks years later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo

from pipelines.domain.model import Finding, ImageFacts

_NEAR = timedelta(minutes=10)  # tolerated of a camera set by hand


def clock_findings(facts: ImageFacts, received: datetime | None, zone: tzinfo) -> Iterator[Finding]:
    """Yield a finding with the time of each clock, in `zone`; nothing without the camera's time.

    A camera that records no zone is taken to be in `zone`. The clocks differ where the camera is over 10 minutes from
    the satellites, or took the picture over 10 minutes after it arrived.
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
    """Parse a time that a child reported, which is untrusted; None where it is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    # In the first and the last year of the calendar a conversion to another zone may overflow.
    return (time if time.tzinfo else time.replace(tzinfo=zone)) if 1 < time.year < MAXYEAR else None


def _told(clock: datetime, zone: tzinfo) -> str:
    return clock.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
