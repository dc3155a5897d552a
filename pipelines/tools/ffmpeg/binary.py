"""The one ffmpeg that every job uses: pinned, static, from a wheel."""

from __future__ import annotations

from functools import cache

import imageio_ffmpeg


@cache
def executable() -> str:
    """The pinned ffmpeg that comes with the wheel."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def version() -> str:
    """Part of the recipe: another ffmpeg, other bytes."""
    return str(imageio_ffmpeg.get_ffmpeg_version())
