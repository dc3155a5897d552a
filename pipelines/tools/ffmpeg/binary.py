"""Locate the one ffmpeg that every job uses: a pinned, static build from a wheel."""

from __future__ import annotations

from functools import cache

import imageio_ffmpeg


@cache
def executable() -> str:
    """Return the path of the pinned ffmpeg that comes with the wheel."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def version() -> str:
    """Return ffmpeg's version. It is part of the recipe, because another ffmpeg writes other bytes."""
    return str(imageio_ffmpeg.get_ffmpeg_version())
