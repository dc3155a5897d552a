"""Replace stills on which eyes are shut by other moments, with OpenCV and PyAV, inside a confined child.

No model in a wheel was found to tell whether eyes are open. OpenCV's cascades find open eyes better than shut ones.
That is a hint: good enough to prefer one picture to another, not to say of one that its eyes are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipelines.domain.model import Edit, VideoPlan
from pipelines.domain.planning.edit import ANALYSIS_JSON
from pipelines.domain.selection.ranking import Ranks
from pipelines.domain.selection.stills import instead
from pipelines.sandbox.messages import ANALYSIS, EDIT, FILM
from pipelines.tools.video.editing import save_still
from pipelines.tools.video.faces import FaceFinder, Point
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.resharpening import as_chosen_from

_CASCADES = ("haarcascade_eye.xml", "haarcascade_eye_tree_eyeglasses.xml")
_OPEN, _TRIES = 3, 10  # answers of four, two an eye, that must say open; other moments that are tried
_APART = Fraction(2, 5)  # seconds between two stills: closer ones are nearly the same picture
_PATCH, _EDGE = 64, 16  # pixels
_AROUND = 0.55  # of the distance between the eyes
_FACE_BOX = (320, 180)


def serve(request: dict[str, Any]) -> bytes:
    """Answer `{"plan", "edit", "stills": numbers of those that show a face}` with an Edit.

    Files of replaced stills are overwritten.
    """
    plan, edit = FILM.validate_python(request["plan"]), EDIT.validate_python(request["edit"])
    analysis = ANALYSIS.validate_json(Path(ANALYSIS_JSON).read_bytes())
    with Frames(Path(plan.master.name)) as frames:
        analysis = as_chosen_from(analysis, plan, frames)
        ranks = Ranks.of(analysis)
        for number in request["stills"]:
            time = edit.stills[number - 1]
            if EYES.open(_read(Path(f"still-{number}.jpg"))) < _OPEN:
                apart = [still for still in edit.stills if still != time]
                others = [it for it in instead(analysis, ranks, time, _TRIES) if _is_apart(it, apart)]
                edit = _replaced(frames, plan, edit, number, others)
    return EDIT.dump_json(edit)


def _is_apart(time: Fraction, stills: Sequence[Fraction]) -> bool:
    return all(abs(time - still) >= _APART for still in stills)


def _replaced(frames: Frames, plan: VideoPlan, edit: Edit, number: int, others: list[Fraction]) -> Edit:
    """Return the edit with this still replaced by the first of `others` whose eyes are open.

    Where there is none, the edit is returned unchanged.
    """
    for other in others:
        picture = frames.at(other)
        if EYES.open(np.asarray(picture)[:, :, ::-1]) >= _OPEN:
            time = edit.stills[number - 1]
            save_still(picture, number, plan, poster=time == edit.poster)
            stills = (*edit.stills[: number - 1], other, *edit.stills[number:])
            return replace(edit, stills=stills, poster=other if time == edit.poster else edit.poster)
    return edit


class Eyes:
    """A detector of open eyes on the most certain face of a picture."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        folder = Path(cv2.__file__).parent / "data"
        self._cascades = [cv2.CascadeClassifier(str(folder / name)) for name in _CASCADES]
        self._finder = FaceFinder(*_FACE_BOX)

    def open(self, picture: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
        """Count how many of four answers, two an eye, say that the eye is open; 4 where there is no face.

        `picture`: BGR.
        """
        width = picture.shape[1]
        small = cv2.resize(picture, _FACE_BOX, interpolation=cv2.INTER_AREA)
        points = self._finder.eyes(np.asarray(small, np.uint8))
        if points is None:
            return 2 * len(self._cascades)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        apart = abs(points[1][0] - points[0][0]) * width
        return sum(self._answers(_patch(grey, point, apart * _AROUND)) for point in points)

    def _answers(self, patch: np.ndarray[Any, np.dtype[np.uint8]] | None) -> int:
        if patch is None:
            return 0
        size = (_PATCH * 3 // 8, _PATCH * 3 // 8)
        return sum(len(cascade.detectMultiScale(patch, 1.05, 3, minSize=size)) > 0 for cascade in self._cascades)


EYES = Eyes()  # reads its models before the child is confined


def _patch(
    grey: np.ndarray[Any, np.dtype[np.uint8]], at: Point, reach: float
) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """Return the surroundings of an eye, of one size, with even contrast; None too near the edge of the picture."""
    height, width = grey.shape
    x, y, far = round(at[0] * width), round(at[1] * height), max(4, round(reach))
    cut = grey[max(0, y - far) : y + far, max(0, x - far) : x + far]
    if min(cut.shape, default=0) < far:
        return None
    even = cv2.equalizeHist(cv2.resize(cut, (_PATCH, _PATCH)))
    return np.asarray(cv2.copyMakeBorder(even, _EDGE, _EDGE, _EDGE, _EDGE, cv2.BORDER_REPLICATE), np.uint8)


def _read(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)[:, :, ::-1].copy()
