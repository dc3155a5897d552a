"""Tell what is wrong with a new password."""

from __future__ import annotations

_LEAST = 10  # characters, without a rule on which ones (NIST SP 800-63B, 5.1.1.2, asks for 8)
_COMMON = frozenset({"1234567890", "0123456789", "12345678910", "qwertyuiop", "1q2w3e4r5t", "password123"})


def complaint_of(name: str, old: str, new: str, again: str) -> str:
    """Return what is wrong with a new password, in Chinese; empty where nothing is."""
    if new != again:
        return "两次输入的新密码不一样。"
    if len(new) < _LEAST:
        return f"新密码至少 {_LEAST} 位；可以用几个词连起来，好记又难猜。"
    if new == old:
        return "新密码和原来的一样。"
    if new.lower() in _COMMON or name.lower() in new.lower() or len(set(new)) < 4:
        return "这个密码太容易猜到（常用密码、含有姓名或只有两三种字符），请换一个。"
    return ""
