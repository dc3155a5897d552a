"""Every photo of the corpus, and every hostile picture, through `footage process`; judged by exiftool and libvips.

`python -m bench.gallery`. Needs Debian's libimage-exiftool-perl and libvips-tools, and FOOTAGE_CORPUS. One line a file;
ends with 1 where something private was published, a colour is another, or a sound picture was refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.difference import delta_e, lab
from bench.jobs import CORPUS, processed
from bench.tools import need

_PICTURES = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
# What exiftool may find in a published photo: the file itself, how it is coded, and the profile of its colours.
_ALLOWED = {"SourceFile", "ExifTool", "System", "File", "JFIF", "Composite", "Adobe", "APP14"}
_LONG, _SHORT = 1920, 1080
_DIFFERENT = 2.0  # mean CIEDE2000
# Large from both, then both reduced by the same program: what differs is the colour, not the way to a small picture.
_SIDE, _COMPARED = 2048, 48
_SIZES = {"too-small", "too-large", "too-narrow"}


def main() -> None:
    need("exiftool", "vips", "vipsthumbnail")
    files = sorted((CORPUS / "photo").iterdir())
    files += sorted(path for path in (CORPUS / "hostile").iterdir() if path.suffix.lower() in _PICTURES)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="footage-gallery-") as name:
        for result in processed(files, Path(name) / "home"):
            complaints = list(_complaints(result, Path(name)))
            wrong += bool(complaints)
            told = "; ".join(complaints) or " ".join(finding["code"] for finding in result["findings"])
            print(
                f"{'NOT' if complaints else 'ok '} {result['state']:<9} {Path(result['file']).name}  {told}", flush=True
            )
    print(f"{len(files) - wrong} of {len(files)} published and right, or refused for a true reason")
    sys.exit(1 if wrong else 0)


def _complaints(result: dict[str, Any], folder: Path) -> Iterator[str]:
    original = Path(result["file"])
    if result["state"] == "published":
        outputs = {output["name"]: Path(output["path"]) for output in result["outputs"]}
        for path in outputs.values():
            yield from _private(path)
        yield from _size(outputs["photo.jpg"])
        if "colour-unknown" not in {finding["code"] for finding in result["findings"]}:
            yield from _colours(original, outputs["photo.jpg"], folder)
    elif result["state"] != "rejected":
        yield result["state"]
    elif result["findings"][-1]["code"] not in _SIZES and _is_sound(original):
        yield f"refused as {result['findings'][-1]['code']}, but it is sound"


def _private(path: Path) -> Iterator[str]:
    tags = _exiftool(path)
    groups = {name.partition(":")[0] for name in tags}
    beyond = {group for group in groups if group not in _ALLOWED and not group.startswith("ICC")}
    if beyond:
        yield f"{path.name} still has {', '.join(sorted(beyond))}"
    if "sRGB" not in str(tags.get("ICC_Profile:ProfileDescription")):
        yield f"{path.name} has no sRGB profile"


def _exiftool(path: Path) -> dict[str, Any]:
    said = subprocess.run(["exiftool", "-j", "-G0", "-a", "-u", "-ee", str(path)], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(said.stdout)[0]
    return found


def _size(path: Path) -> Iterator[str]:
    tags = _exiftool(path)
    sides = sorted((tags["File:ImageWidth"], tags["File:ImageHeight"]))
    if tags["File:FileType"] != "JPEG" or sides[0] < _SHORT or sides[1] < _LONG:
        yield f"{tags['File:FileType']} of {sides}"


def _colours(original: Path, photo: Path, folder: Path) -> Iterator[str]:
    """Against libvips, which turns it upright and takes its profile to sRGB by itself."""
    theirs = folder / "vips.png"
    theirs.unlink(missing_ok=True)
    # It takes a picture without a profile to sRGB through a detour that darkens it: only where there is one.
    tagged = any(name.startswith("ICC_Profile") for name in _exiftool(original))
    export = ["--export-profile", "srgb"] if tagged else []
    command = ["vipsthumbnail", str(original), *export, "-s", f"{_SIDE}x{_SIDE}", "-o", str(theirs)]
    if subprocess.run(command, check=False, capture_output=True).returncode or not theirs.is_file():
        return  # it can't read this one
    with Image.open(theirs) as known, Image.open(photo) as made:
        scale = _COMPARED / max(known.size)
        size = round(known.width * scale), round(known.height * scale)
        if known.has_transparency_data:
            return  # it keeps what we lay on white
        pair = lab(_small(known, size)), lab(_small(made, size))
    different = float(delta_e(*pair).mean())
    if different > _DIFFERENT:
        yield f"mean ΔE2000 {different:.2f}"


def _small(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))


def _is_sound(path: Path) -> bool:
    """Whether libvips reads it whole, without a word."""
    said = subprocess.run(["vips", "avg", str(path)], check=False, capture_output=True)
    return said.returncode == 0 and not said.stderr


if __name__ == "__main__":
    main()
