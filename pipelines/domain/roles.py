"""Name the scopes of access keys, and the roles of accounts, each a set of scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCOPES = {
    "submit": "上传素材，查询自己的任务",
    "read": "查看、播放和下载素材",
    "edit": "剪辑、评论和选用",
    "original": "下载原件（每次都记入保管记录）",
    "operate": "管理账号、任务和机器",
}


@dataclass(frozen=True, slots=True)
class Role:
    """A set of scopes for people of one kind. `name`: for people, in Chinese."""

    name: str
    scopes: tuple[str, ...]


ROLES: Mapping[str, Role] = {
    "unit": Role("填报单位", ("submit", "read")),
    "publicity": Role("宣传组", ("submit", "read", "edit")),
    "reviewer": Role("审核人", ("read", "edit")),
    "custodian": Role("保管人", ("read", "original")),
    "operator": Role("管理员", tuple(SCOPES)),
}
