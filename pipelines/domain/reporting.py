"""How the progress of a job is told, from the tool that makes it to the person who waits."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, float, float], None]  # stage, done (0 to 1), speed (× real time; 0 where unknown)
