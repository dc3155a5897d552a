"""Recognise pictures and archives by their first bytes, never by the name of the file."""

from __future__ import annotations

_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")

# First bytes of archives. Office documents (.docx, .xlsx) are ZIP files.
_ARCHIVES = {
    b"PK\x03\x04": "ZIP",
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "GZ",
    b"%PDF-": "PDF",
}
_FLAGS, _ENCRYPTED = 6, 0x01  # of a ZIP's first local header (APPNOTE 4.4.4)


def archive_of(head: bytes) -> str:
    """Return the kind of archive or document that these first bytes begin; empty for anything else."""
    return next((name for start, name in _ARCHIVES.items() if head.startswith(start)), "")


def is_locked_archive(head: bytes) -> bool:
    """Tell whether a ZIP's first file needs a password; other archives do not say so at their beginning."""
    return head.startswith(b"PK\x03\x04") and len(head) > _FLAGS and bool(head[_FLAGS] & _ENCRYPTED)


def looks_like_picture(head: bytes) -> bool:
    """Tell whether the first bytes have the signature of JPEG, PNG, GIF, BMP, TIFF, WebP, HEIF or AVIF."""
    if head[4:8] == b"ftyp":
        return head[8:12] in _PICTURE_BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"))
