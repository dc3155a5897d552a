"""Say why nothing of a film can be read: it is locked, unfinished, or lacks its data."""

from __future__ import annotations

from typing import IO

from pipelines.domain.model import Refusal, VideoFacts
from pipelines.domain.refusals import refuse
from pipelines.tools.bitstream.boxes import box_names
from pipelines.tools.bitstream.locks import is_encrypted, lock_of

_EMPTY = {"unreadable", "no-video", "no-decoder"}  # refusals of a film of which nothing was decoded


def explained(file: IO[bytes], facts: VideoFacts | Refusal) -> VideoFacts | Refusal:
    """Return the facts, or the true reason where nothing can be decoded because it is encrypted or not there.

    An encrypted MP4 is refused although its noise may decode to something.
    """
    if isinstance(facts, VideoFacts):
        return refuse("locked", lock_of(file)) if is_encrypted(file) else facts
    if facts.finding.code not in _EMPTY:
        return facts
    if lock := lock_of(file):
        return refuse("locked", lock)
    names = box_names(file)
    return refuse("no-media-data") if "moov" in names and not {"mdat", "moof"} & {*names} else facts


def unreadable(file: IO[bytes], error: Exception) -> Refusal:
    """Return why libavformat can't open the file: an index that was not written, or is broken, or no film at all."""
    boxes = box_names(file)
    if "ftyp" in boxes or "mdat" in boxes:
        if "moov" not in boxes:
            return refuse("truncated", "末尾的索引没有写完（如拍摄中断电、复制中断），无法播放")
        return refuse("unreadable", "索引损坏")
    return refuse("not-media", type(error).__name__)
