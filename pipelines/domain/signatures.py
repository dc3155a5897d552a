"""What kind of file it is, by its first bytes and never by its name."""

from __future__ import annotations

_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def looks_like_picture(head: bytes) -> bool:
    """By signature: JPEG, PNG, GIF, BMP, TIFF, WebP, HEIF, AVIF."""
    if head[4:8] == b"ftyp":
        return head[8:12] in _PICTURE_BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"))
