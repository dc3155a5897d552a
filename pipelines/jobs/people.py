"""Manage people's accounts: add one, issue a new first password, close one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pipelines.domain.errors import WrongUse
from pipelines.domain.roles import ROLES
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.accounts import Accounts
from storage.records import Account

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are easily mistaken on paper
_LONGEST = 60  # characters of a name


@dataclass(frozen=True, slots=True)
class People:
    """The verbs on accounts, bound to one work context."""

    context: WorkContext

    @property
    def accounts(self) -> Accounts:
        """Return the accounts."""
        return self.context.ledger.accounts

    def add(self, name: str, role: str, unit: str = "") -> tuple[Account, str]:
        """Add an account; return it with its first password, which is stored only as a hash. Raises WrongUse."""
        name = name.strip()
        if not 0 < len(name) <= _LONGEST or not name.isprintable():
            raise WrongUse("no name", code="name-invalid", text=f"姓名要写 1–{_LONGEST} 个字。")
        if role not in ROLES:
            text = f"没有角色“{role}”，可用：{'、'.join(f'{key}（{one.name}）' for key, one in ROLES.items())}。"
            raise WrongUse(f"no role {role!r}", code="unknown-role", text=text)
        password = first_password()
        with translated():
            account = self.accounts.add(name, role, self._unit(role, unit), password)
        if account is None:
            text = f"已经有账号“{name}”，请换一个名字（如加上单位）。"
            raise WrongUse(f"account {name!r} is there", code="name-taken", text=text)
        return account, password

    def _unit(self, role: str, said: str) -> str:
        """Return the unit of an account. People of a unit have one of the campaign's, operators have none."""
        unit = self.context.campaign.unit_named(said)
        if role == "unit" and unit not in self.context.campaign.units.values():
            known = "、".join(self.context.campaign.units.values())
            raise WrongUse(f"no unit {said!r}", code="unknown-unit", text=f"填报单位的账号要写明单位，可用：{known}。")
        if role == "operator" and unit:
            raise WrongUse("an operator of one unit", code="unit-not-meant", text="管理员的账号不限于一个单位。")
        return unit

    def reset(self, account: str) -> tuple[Account, str]:
        """Issue a new first password; the account's sessions and one-time codes end. Raises WrongUse."""
        found, password = self._known(account), first_password()
        ledger = self.context.ledger
        with translated(), ledger.together():
            ledger.accounts.set_password(found.id, password, fresh=True)
            ledger.accounts.set_secret(found.id, "")
            ledger.keys.end_sessions(found.id)
        return found, password

    def close(self, account: str) -> Account:
        """Close an account; its sessions end at once. Raises WrongUse."""
        found = self._known(account)
        with translated():
            self.accounts.close(found.id)
        return found

    def _known(self, account: str) -> Account:
        """Return the account of this id or name that is in force."""
        with translated():
            found = self.accounts.of(account) or self.accounts.named(account)
        if found is None or found.closed is not None:
            raise WrongUse(f"no account {account[:60]!r}", code="unknown-account", text="没有这个账号，或已停用。")
        return found


def first_password() -> str:
    """Return a random password of three groups, easy to read out: 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
