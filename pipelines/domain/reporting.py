"""Define the callback by which a tool reports the progress of a job."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, float, float], None]  # stage, done (0 to 1), speed (× real time; 0 where unknown)
