"""Make the storyboard for hover preview: small pictures spread over the film on one sheet.

They are the frames of the analysis, which are decoded and scaled already. Key frames of the master would each be
decoded once more for a picture this small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.domain.model import Sampling, VideoPlan
from pipelines.domain.planning.edit import sheet_size, spread, storyboard_vtt, tile_height
from pipelines.domain.planning.picture import fit

Frame = NDArray[np.uint8]


@dataclass(slots=True)
class Tiles:
    """The frames kept for the storyboard, one every few seconds; never more than twice the number wanted.

    As a long film goes on, every second one is dropped again.
    """

    sampling: Sampling
    wanted: int
    every: int  # frames
    kept: dict[int, Frame] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: VideoPlan) -> Tiles:
        """Return the empty tiles for this plan."""
        every = max(1, round(plan.encoding.gop * plan.sampling.rate))
        return cls(plan.sampling, plan.editing.storyboard_tiles, every)

    def see(self, number: int, frame: Frame) -> None:
        """Take the next frame, in order; it is copied where it is kept."""
        if number % self.every:
            return
        self.kept[number] = frame.copy()
        if len(self.kept) > 2 * self.wanted:
            self.every *= 2
            self.kept = {n: kept for n, kept in self.kept.items() if n % self.every == 0}

    def shown(self, duration: Fraction) -> dict[Fraction, Frame]:
        """Return the wanted frames by their times in seconds, within `duration`; the first one always."""
        times = {n / self.sampling.rate: frame for n, frame in self.kept.items()}
        return {time: times[time] for time in spread([t for t in times if t < duration or not t], self.wanted)}


def write(tiles: dict[Fraction, Frame], plan: VideoPlan, folder: Path) -> None:
    """Write the sheet and its WebVTT into this folder."""
    editing, size = plan.editing, (plan.master.expect.width, plan.master.expect.height)
    width, height = sheet_size(editing, size, len(tiles))
    sheet = np.zeros((height, width, 3), np.uint8)
    tile = (editing.tile_width, tile_height(editing, size))
    columns = min(len(tiles), editing.storyboard_columns)
    for n, frame in enumerate(tiles.values()):
        row, column = divmod(n, columns)
        _paste(frame, sheet[row * tile[1] : (row + 1) * tile[1], column * tile[0] : (column + 1) * tile[0]])
    _, jpeg = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, editing.jpeg_quality])
    (folder / "storyboard.jpg").write_bytes(jpeg.tobytes())
    vtt = storyboard_vtt([*tiles], plan.duration, editing, size)
    (folder / "storyboard.vtt").write_text(vtt, encoding="utf-8")


def _paste(frame: Frame, tile: Frame) -> None:
    """Draw the whole frame in the middle of its tile."""
    height, width = tile.shape[:2]
    fitted = fit(frame.shape[1], frame.shape[0], (width, height))
    if max(width - fitted[0], height - fitted[1]) <= 1:
        fitted = width, height  # an even size is a pixel short of an odd tile
    small = cv2.resize(frame, fitted, interpolation=cv2.INTER_AREA)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
