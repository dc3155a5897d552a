"""Whether any still or poster of the corpus is black, or among the least sharp tenth of its own film.

`python -m bench.stills`: FOOTAGE_CORPUS. Measured on the published pictures, against frames that ffmpeg takes out of
the published master five times a second.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.jobs import CORPUS, processed
from pipelines.video import executable

_SIZE = (480, 270)
_BLACK = 16.0  # of 255, the mean
_LOWEST = 10  # per cent

Grey = NDArray[np.uint8]


def main() -> None:
    files = sorted([*(CORPUS / "video").iterdir(), *(CORPUS / "odd").iterdir()])
    pictures = wrong = 0
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="footage-stills-") as home:
        for result in processed(files, Path(home)):
            ended[result["state"]] += 1
            complaints = list(_complaints(result))
            pictures += sum(output["role"] in {"still", "poster"} for output in result["outputs"])
            wrong += len(complaints)
            for complaint in complaints:
                print(f"NOT {Path(result['file']).name}: {complaint}", flush=True)
    print(f"{len(files)} files: {', '.join(f'{count} {state}' for state, count in ended.items())}")
    print(f"{pictures - wrong} of {pictures} stills and posters are neither black nor in the lowest tenth of sharpness")
    sys.exit(1 if wrong or ended["failed"] else 0)


def _complaints(result: dict[str, Any]) -> list[str]:
    outputs = result["outputs"]
    masters = [output["path"] for output in outputs if output["role"] == "master"]
    if not masters:
        return []
    frames = _frames(masters[0])
    bright = [frame for frame in frames if frame.mean() >= _BLACK]
    lowest = np.percentile([_sharpness(frame) for frame in frames], _LOWEST)
    found = []
    for output in outputs:
        if output["role"] in {"still", "poster"}:
            picture = cv2.resize(_read(output["path"]), _SIZE, interpolation=cv2.INTER_AREA)
            if picture.mean() < _BLACK and bright:
                found.append(f"{output['name']} is black ({picture.mean():.1f})")
            elif _sharpness(picture) < lowest:
                found.append(f"{output['name']}: sharpness {_sharpness(picture):.1f}, a tenth is under {lowest:.1f}")
    return found


def _frames(master: str) -> list[Grey]:
    size = f"{_SIZE[0]}:{_SIZE[1]}"
    command = [executable(), "-v", "error", "-i", master, "-vf", f"fps=5,scale={size}:flags=area", "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    return [*np.frombuffer(raw, np.uint8).reshape(-1, _SIZE[1], _SIZE[0])]


def _read(path: str) -> Grey:
    return np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE), np.uint8)


def _sharpness(grey: Grey) -> float:
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


if __name__ == "__main__":
    main()
