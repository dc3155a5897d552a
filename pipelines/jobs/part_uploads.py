"""Let a client send a large file to the object store itself, in parts with signed addresses, and then receive it.

Nothing is kept here: how a file of this size is divided follows from its size, and the store knows which parts it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.domain.errors import WrongUse
from pipelines.domain.keys import incoming_key
from pipelines.scheduling.failures import translated
from storage.base import NotFound, Store
from storage.parts import PartStore, SentPart

_LEAST, _MOST_PARTS = 16 << 20, 500  # bytes of a part; parts, whose addresses come in one answer
_SECONDS = 24 * 3600
_NO_PARTS = "本系统的存储在本机文件夹，不能分段直传；请用 upload 地址或 tus 上传。"
_NO_UPLOAD = "没有这次分段上传，或已过期；请重新开始。"


@dataclass(frozen=True, slots=True)
class PartUpload:
    """An upload in parts. `part_size` in bytes, of every part but the last; `urls`: of those that are still missing."""

    upload: str
    part_size: int
    urls: Mapping[int, str]
    seconds: int = _SECONDS


def divided(size: int) -> tuple[int, int]:
    """Return the bytes of a part and the number of parts of a file of this size; a part is whole mebibytes."""
    part = max(_LEAST, -(-size // _MOST_PARTS) + (1 << 20) - 1 >> 20 << 20)
    return part, max(1, -(-size // part))


def offer_parts(store: Store, job_id: str, size: int, upload: str) -> PartUpload:
    """Begin an upload, or go on with this one: only parts that are not there yet get an address. Raises WrongUse."""
    part, count = divided(size)
    signing, key = _signing(store), incoming_key(job_id)
    with translated():
        sent = _sent(signing, key, upload) if upload else {}
        missing = _missing(sent, size, part, count)
        upload = upload or signing.begin_parts(key)
        return PartUpload(upload, part, signing.part_urls(key, upload, missing, _SECONDS))


def join_parts(store: Store, job_id: str, size: int, upload: str) -> None:
    """Make the parts of an upload the object `incoming/{job}`, where they are not that already.

    Raises WrongUse that names the parts still missing.
    """
    part, count = divided(size)
    signing, key = _signing(store), incoming_key(job_id)
    with translated():
        try:
            sent = signing.sent_parts(key, upload)
        except NotFound:
            return  # an earlier call has joined them; or there were none, which the caller finds out
        if missing := _missing(sent, size, part, count):
            named = "、".join(map(str, missing[:5])) + ("等" if len(missing) > 5 else "")
            text = f"还有 {len(missing)} 段没有传完（第 {named} 段），请补传后再提交。"
            raise WrongUse(f"{len(missing)} of {count} parts missing", code="parts-missing", text=text)
        signing.finish_parts(key, upload, {number: sent[number] for number in range(1, count + 1)})


def _missing(sent: Mapping[int, SentPart], size: int, part: int, count: int) -> list[int]:
    """Return the numbers of the parts that are not there in the size that they must have."""
    sizes = dict.fromkeys(range(1, count), part) | {count: size - part * (count - 1)}
    return [number for number, bytes_ in sizes.items() if number not in sent or sent[number].size != bytes_]


def _sent(store: PartStore, key: str, upload: str) -> dict[int, SentPart]:
    try:
        return store.sent_parts(key, upload)
    except NotFound as error:
        raise WrongUse(f"no upload of {key}", code="upload-unknown", text=_NO_UPLOAD) from error


def _signing(store: Store) -> PartStore:
    if not isinstance(store, PartStore):
        raise WrongUse("the store is a folder", code="parts-unavailable", text=_NO_PARTS)
    return store
