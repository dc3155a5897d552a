"""Read the words in pictures of the scratch folder, inside a confined child."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipelines.sandbox.messages import WORDS
from pipelines.tools.ocr.lines import Picture, lines_of
from pipelines.tools.ocr.networks import detection, recognition

_SURE = 0.85  # mean likelihood of a line's characters; below it, leaves and gravel are read
_SHORTEST, _LONGEST = 2, 100  # characters of a line
_MOST_LINES, _MOST_TRIED = 30, 60  # of a picture
_GREY, _CONTRAST = 127.5, 1 / 127.5  # of the recognition network's training, in 0–255


def serve(request: dict[str, Any]) -> bytes:
    """Answer `{"pictures": names of JPEG files}` with the lines that are read in each."""
    return WORDS.dump_json(tuple(tuple(READER.read(_opened(Path(name)))) for name in request["pictures"]))


class Reader:
    """A reader of Chinese and English text."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._detection, self._recognition = detection(), recognition()
        self._alphabet = self._recognition.alphabet

    def read(self, picture: Picture) -> Iterator[str]:
        """Yield the lines that are read for sure in a BGR picture, at most thirty."""
        tried = islice(lines_of(picture, self._detection), _MOST_TRIED)
        yield from islice(filter(None, map(self._line, tried)), _MOST_LINES)

    def _line(self, picture: Picture) -> str:
        """Return the text of a line; empty where it is not sure, or too short to be a word."""
        likely = self._recognition(np.asarray(cv2.dnn.blobFromImage(picture, _CONTRAST, mean=[_GREY] * 3), np.float32))
        best, certain = likely.argmax(axis=1), likely.max(axis=1)
        # CTC: neighbours of one class are one character, and class 0 is none.
        kept = (best > 0) & (best != np.concatenate(([-1], best[:-1])))
        text = "".join(self._alphabet[index] for index in best[kept]).strip()
        is_word = sum(map(str.isalnum, text)) >= _SHORTEST
        return text[:_LONGEST] if is_word and float(certain[kept].mean()) >= _SURE else ""


READER = Reader()  # reads its models before the child is confined


def _opened(path: Path) -> Picture:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)[:, :, ::-1].copy()
