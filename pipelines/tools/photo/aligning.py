"""Align two pictures of one place, taken at different times, where they show the same, with OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]

_WORK = 1000  # pixels of the longer side while points are searched for
_RATIO = 0.75  # a point whose second best match is nearly as good is dropped (Lowe 2004)
_NEAR = 4.0  # pixels that a point may be off, at that size
_LEAST, _SHARE = 20, 0.25  # points that must agree: their number, and their share of all matched
_SCALE, _TURN = 2.5, 35.0  # what a second visit may differ by: scale, degrees
_SHOWN = 0.5  # of the first picture's width; a smaller common part is not worth a crop
_GRID = 200  # pixels of the longer side while the common part is searched for


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two pictures in the first one's place, cropped to what both show; unchanged where they don't overlap."""

    before: Picture
    after: Picture
    aligned: bool


def align(before: Picture, after: Picture) -> Aligned:
    """Align two RGB pictures of any sizes."""
    moved = _homography(before, after)
    if moved is None:
        return Aligned(before, after, aligned=False)
    height, width = before.shape[:2]
    box = _common(moved, after.shape[:2], (height, width))
    if box is None:
        return Aligned(before, after, aligned=False)
    laid = np.asarray(cv2.warpPerspective(after, moved, (width, height), flags=cv2.INTER_CUBIC), np.uint8)
    left, top, right, bottom = box
    return Aligned(before[top:bottom, left:right], laid[top:bottom, left:right], aligned=True)


def _homography(before: Picture, after: Picture) -> Matrix | None:
    """Return the matrix that maps points of `after` to points of `before`.

    None where too few points agree, or where a second visit can't have such a view.
    """
    (points, described), (others, also) = (_points(picture) for picture in (before, after))
    if described is None or also is None or min(len(described), len(also)) < _LEAST:
        return None
    pairs = cv2.BFMatcher().knnMatch(also, described, k=2)
    good = [first for first, *second in pairs if second and first.distance < _RATIO * second[0].distance]
    if len(good) < _LEAST:
        return None
    source = np.array([others[match.queryIdx] for match in good], np.float64)
    target = np.array([points[match.trainIdx] for match in good], np.float64)
    near = _NEAR * max(before.shape[:2]) / _WORK
    cv2.setRNGSeed(1)  # RANSAC is random; the same two pictures must give the same answer
    found, agree = cv2.findHomography(source, target, cv2.RANSAC, near, maxIters=5000, confidence=0.999)
    if found is None or int(agree.sum()) < max(_LEAST, _SHARE * len(good)):
        return None
    matrix = np.asarray(found, np.float64)
    return matrix if _is_plausible(matrix, after.shape[:2]) else None


def _points(picture: Picture) -> tuple[Matrix, NDArray[np.float32] | None]:
    """Return points worth comparing, in the picture's own pixels, and their descriptors.

    Brightness is evened first.
    """
    scale = min(1.0, _WORK / max(picture.shape[:2]))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    even = cv2.createCLAHE(2.0, (8, 8)).apply(small)
    keys, described = cv2.SIFT.create(3000).detectAndCompute(even, None)
    points = np.array([key.pt for key in keys], np.float64).reshape(-1, 2) / scale
    return points, np.asarray(described, np.float32) if len(keys) else None


def _corners(matrix: Matrix, size: tuple[int, ...]) -> Matrix:
    height, width = size
    square = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(square, matrix)[0], np.float64)


def _is_plausible(matrix: Matrix, size: tuple[int, ...]) -> bool:
    """Tell whether a second visit can have this view: not mirrored, not folded, not much nearer, not much turned."""
    corners = _corners(matrix, size)
    if not np.isfinite(corners).all() or not cv2.isContourConvex(corners.astype(np.float32)):
        return False
    if cv2.contourArea(corners.astype(np.float32), oriented=True) <= 0:
        return False
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    scales = hypot(*across) / size[1], hypot(*down) / size[0]
    turned = abs(degrees(atan2(across[1], across[0])))
    return all(1 / _SCALE < scale < _SCALE for scale in scales) and turned < _TURN


def _common(matrix: Matrix, size: tuple[int, ...], frame: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the largest part of `frame`, in its shape, that the moved picture covers: left, top, right, bottom.

    None where that is too little.
    """
    height, width = frame
    step = max(1.0, max(frame) / _GRID)
    rows, columns = round(height / step), round(width / step)
    inside = np.zeros((rows, columns), np.uint8)
    cv2.fillConvexPoly(inside, np.round(_corners(matrix, size) / step).astype(np.int32), 1)
    inside = np.asarray(cv2.erode(inside, np.ones((3, 3), np.uint8), borderValue=1), np.uint8)
    sums = cv2.integral(inside)
    for wide in range(columns, int(columns * _SHOWN), -1):
        tall = max(1, round(wide * rows / columns))
        covered = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
        places = np.argwhere(covered == tall * wide)
        if len(places):
            middle = np.array([(rows - tall) / 2, (columns - wide) / 2])
            top, left = places[np.abs(places - middle).sum(axis=1).argmin()]
            return (
                round(left * step),
                round(top * step),
                min(width, round((left + wide) * step)),
                min(height, round((top + tall) * step)),
            )
    return None
