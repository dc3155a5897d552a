"""Word in Chinese what is wrong with a request, and what was expected, from pydantic's errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MOST_TOLD, _LONGEST = 5, 40  # fields of one request that are told; characters of a field's name
_DAYS, _DAY = {"date", "since", "until", "received_since", "received_until"}, "要写成 YYYY-MM-DD 的日期"
_WANTED = {
    "missing": "缺少“{field}”",
    "extra_forbidden": "没有“{field}”这一项",
    "string_type": "“{field}”要写成文字",
    "string_too_short": "“{field}”不能是空的",
    "string_too_long": "“{field}”最多 {max_length} 字",
    "int_parsing": "“{field}”要写成整数",
    "int_type": "“{field}”要写成整数",
    "greater_than_equal": "“{field}”不能小于 {ge}",
    "less_than_equal": "“{field}”不能大于 {le}",
    "literal_error": "“{field}”只能是 {expected}",
    "bool_type": "“{field}”要写成 true 或 false",
    "model_attributes_type": '请求内容要写成 JSON 对象，如 {{"name": "视频.mp4"}}',
    "json_invalid": '请求内容不是 JSON，应如 {{"name": "视频.mp4"}}',
}


def complaint(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return one sentence for all errors of a request, at most five of them in words."""
    told = "；".join(dict.fromkeys(_told(error) for error in errors[:_MOST_TOLD]))
    return f"请求有误：{told}。"


def _told(error: Mapping[str, Any]) -> str:
    kind, field = str(error["type"]), _field(error["loc"])
    if kind == "missing" and not field:
        return '请求没有内容，应是 JSON，如 {"name": "视频.mp4"}'
    if kind == "value_error" and field in _DAYS:
        return f"“{field}”{_DAY}"
    wanted = _WANTED.get(kind, "“{field}”写得不对")
    return wanted.format(
        field=field, **{name: value for name, value in error.get("ctx", {}).items() if name != "field"}
    )


def _field(place: Sequence[Any]) -> str:
    """Return the name of the field, as the request wrote it; empty for the body as a whole."""
    return ".".join(str(part) for part in place[1:] if isinstance(part, str))[:_LONGEST]
