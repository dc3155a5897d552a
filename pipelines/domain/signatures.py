"""Recognise pictures by their first bytes, never by the name of the file."""

from __future__ import annotations

_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def looks_like_picture(head: bytes) -> bool:
    """Tell whether the first bytes have the signature of JPEG, PNG, GIF, BMP, TIFF, WebP, HEIF or AVIF."""
    if head[4:8] == b"ftyp":
        return head[8:12] in _PICTURE_BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"))
