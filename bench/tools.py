"""Programs of other people that a bench compares with, and the Debian package that has each."""

from __future__ import annotations

import shutil
import sys

_PACKAGES = {
    "HandBrakeCLI": "handbrake-cli",
    "chromium": "chromium",
    "convert": "imagemagick",
    "exiftool": "libimage-exiftool-perl",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "vips": "libvips-tools",
    "vipsthumbnail": "libvips-tools",
}
_WRONG_USE = 2  # exit status


def need(*programs: str) -> None:
    """End with status 2 where one of these is not installed, and say which packages have them."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        packages = " ".join(sorted({_PACKAGES[program] for program in missing}))
        print(f"缺少 {'、'.join(missing)}，请先安装：apt install {packages}", file=sys.stderr)
        print(f"Missing: {', '.join(missing)}. Install first: apt install {packages}", file=sys.stderr)
        sys.exit(_WRONG_USE)
