"""Start Debian's Chromium so that it asks nobody anything."""

from __future__ import annotations

import shutil


def chromium() -> str | None:
    """Return the path of Chromium, of its headless shell where there is one: the same engine for half the work."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
