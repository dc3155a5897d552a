"""Whether any still or poster of the corpus is black, or among the least sharp tenth of its own film.

`python -m bench.stills [FILE…]`: FOOTAGE_CORPUS. Measured on the published pictures, against frames that ffmpeg takes
out of the published master (five a second; of less than five seconds all) by the very same measure: a frame's Y and a
still's JPEG have a sharpness each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.jobs import CORPUS, processed
from pipelines.tools.ffmpeg.binary import executable

_SIZE, _FULL = (480, 270), (1920, 1080)
_SHORT = 5  # seconds
_QUALITY = 90  # as the campaign has it
_BLACK = 16.0  # of 255, the mean
_LOWEST = 10  # per cent

Grey = NDArray[np.uint8]


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]] or sorted(
        [*(CORPUS / "video").iterdir(), *(CORPUS / "odd").iterdir()]
    )
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
    masters = [(output["path"], output["duration"]) for output in outputs if output["role"] == "master"]
    if not masters:
        return []
    measured = [(frame.mean() >= _BLACK, _sharpness(frame)) for frame in _frames(*masters[0])]
    bright, lowest = any(light for light, _ in measured), np.percentile([sharp for _, sharp in measured], _LOWEST)
    found = []
    for output in outputs:
        if output["role"] in {"still", "poster"}:
            picture = _small(_read(output["path"]))
            if picture.mean() < _BLACK and bright:
                found.append(f"{output['name']} is black ({picture.mean():.1f})")
            elif _sharpness(picture) < lowest:
                found.append(f"{output['name']}: sharpness {_sharpness(picture):.1f}, a tenth is under {lowest:.1f}")
    return found


def _frames(master: str, seconds: float) -> Iterator[Grey]:
    """Five a second, of a short film all; each written and read as a still is: colours, JPEG, reduction."""
    some = "fps=5:start_time=0:round=up," if seconds >= _SHORT else ""
    graph = f"{some}scale=in_color_matrix=bt709:in_range=limited"
    command = [executable(), "-v", "error", "-i", master, "-vf", graph, "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    command[-1:-1] = ["-fps_mode", "passthrough"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        while len(data := child.stdout.read(_FULL[0] * _FULL[1] * 3)) == _FULL[0] * _FULL[1] * 3:
            frame = np.frombuffer(data, np.uint8).reshape(_FULL[1], _FULL[0], 3)
            jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
            yield _small(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8))


def _small(grey: Grey) -> Grey:
    return np.asarray(cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _read(path: str) -> Grey:
    return np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE), np.uint8)


def _sharpness(grey: Grey) -> float:
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


if __name__ == "__main__":
    main()
