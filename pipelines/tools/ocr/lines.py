"""Find the lines of text in a picture, and cut each out upright."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.tools.ocr.networks import Network, Values

Picture = NDArray[np.uint8]
Corners = NDArray[np.float32]  # four points (x, y): upper left, upper right, lower right, lower left

LINE_HEIGHT = 48  # pixels that the recognition network reads
_LONGEST_SIDE, _MULTIPLE = 960, 32  # pixels of the detection network's input
_MEAN, _SCALE = (123.675, 116.28, 103.53), 1 / 57.6  # of its training, in 0–255
_LIKELY, _CERTAIN = 0.3, 0.6  # of one pixel; of a whole line
_UNCLIP = 1.6  # the network marks the middle of a line; its outline is this much of area/perimeter further out (DB)
_THINNEST, _NARROWEST, _WIDEST = 8, 16, 1600  # pixels of a line
_UPRIGHT = 1.5  # times its width: a line higher than that is set from top to bottom


def lines_of(picture: Picture, network: Network) -> Iterator[Picture]:
    """Yield each line of text of a BGR picture, 48 pixels high, from the top of the picture down."""
    found = (_ordered(corners) for corners in _outlines(picture, network))
    for corners in sorted(found, key=lambda it: float(it[:, 1].min())):
        width, height = (float(np.linalg.norm(corners[n] - corners[0])) for n in (1, 3))
        if min(width, height) >= _THINNEST:
            yield _cut(picture, corners, width, height)


def _outlines(picture: Picture, network: Network) -> Iterator[Corners]:
    """Yield the corners of each line, in pixels of the picture, in any order."""
    likely = network(_blob(picture))[0]
    marked = np.asarray(likely > _LIKELY, np.uint8)
    scale = np.array(picture.shape[1::-1], np.float32) / np.array(likely.shape[::-1], np.float32)
    for contour in cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        middle, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) > 2 and _certainty(likely, contour) >= _CERTAIN:
            out = _UNCLIP * width * height / (width + height)
            yield np.asarray(cv2.boxPoints((middle, (width + out, height + out), angle)) * scale, np.float32)


def _blob(picture: Picture) -> Values:
    shrink = min(1.0, _LONGEST_SIDE / max(picture.shape[:2]))
    size = [max(1, round(side * shrink / _MULTIPLE)) * _MULTIPLE for side in picture.shape[1::-1]]
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.dnn.blobFromImage(small, _SCALE, mean=_MEAN), np.float32)


def _certainty(likely: Values, contour: cv2.typing.MatLike) -> float:
    """Return the mean likelihood within a contour."""
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED, offset=(-x, -y))
    return float(cv2.mean(likely[y : y + height, x : x + width], mask)[0])


def _ordered(corners: Corners) -> Corners:
    """Return four corners in the order of :data:`Corners`."""
    from_left = corners[np.argsort(corners[:, 0])]
    left, right = (pair[np.argsort(pair[:, 1])] for pair in (from_left[:2], from_left[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def _cut(picture: Picture, corners: Corners, width: float, height: float) -> Picture:
    if height > _UPRIGHT * width:
        corners, width, height = np.roll(corners, -1, axis=0), height, width
    long = int(np.clip(round(LINE_HEIGHT * width / height), _NARROWEST, _WIDEST))
    place = np.array([[0, 0], [long, 0], [long, LINE_HEIGHT], [0, LINE_HEIGHT]], np.float32)
    turned = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, place), (long, LINE_HEIGHT))
    return np.asarray(turned, np.uint8)
