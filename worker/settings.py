"""Read the settings from the environment, once; no other module reads it. `docs/settings.md` lists the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.domain.errors import WrongUse
from pipelines.scheduling.retrying import FIRST_RETRY_SECONDS
from worker.addresses import check_url, named
from worker.signing import key_of

_SECRETS = Path("/run/secrets")  # the folder where containers find their secrets


class Settings(BaseSettings):
    """The settings FOOTAGE_<NAME>. Each has a default; the defaults make a complete installation on one machine."""

    model_config = SettingsConfigDict(env_prefix="FOOTAGE_", extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Path("footage-data")
    store_url: str = ""
    ledger_url: SecretStr = SecretStr("")  # an address may hold a password
    broker_url: SecretStr = SecretStr("")
    campaign: str = "jiexi-2020"
    scratch: Path | None = None
    reserve_bytes: int = Field(default=1 << 30, ge=0)
    max_upload_bytes: int = Field(default=20 << 30, ge=1)
    requests_per_minute: int = Field(default=6000, ge=1)
    s3_endpoint: str | None = None
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str | None = None
    box: str = Field(default="", max_length=60)
    memory_bytes: int = Field(default=0, ge=0)
    cores: int = Field(default=0, ge=0)
    retry_seconds: float = Field(default=FIRST_RETRY_SECONDS, gt=0)
    drain_seconds: float = Field(default=15.0, ge=0)
    orphan_seconds: float = Field(default=3600.0, gt=0)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    oidc_claim: str = Field(default="preferred_username", min_length=1)
    webhook_url: str = ""
    webhook_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    webhook_allow: str = ""
    sandbox: Literal["on", "off"] = "on"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("home", "scratch")
    @classmethod
    def _known_user(cls, value: Path | None) -> Path | None:
        try:
            return value and value.expanduser()
        except RuntimeError as error:
            raise ValueError(str(error)) from error

    @field_validator("webhook_url", "oidc_issuer")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value:
            check_url(value)
        return value

    @field_validator("oidc_client_secret")
    @classmethod
    def _knows_us(cls, value: SecretStr, known: ValidationInfo) -> SecretStr:
        if known.data.get("oidc_issuer") and not (value.get_secret_value() and known.data.get("oidc_client_id")):
            raise ValueError("with FOOTAGE_OIDC_ISSUER, FOOTAGE_OIDC_CLIENT_ID and _CLIENT_SECRET are needed")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _signs(cls, value: SecretStr, known: ValidationInfo) -> SecretStr:
        if known.data.get("webhook_url"):
            key_of(value.get_secret_value())
        return value

    @field_validator("webhook_allow")
    @classmethod
    def _hosts_and_networks(cls, value: str) -> str:
        named(value)
        return value

    @property
    def folder(self) -> Path:
        """Return FOOTAGE_HOME as an absolute path; the embedded default keeps all its data there."""
        return self.home.absolute()

    @property
    def store(self) -> str:
        return self.store_url or (self.folder / "store").as_uri()

    @property
    def ledger(self) -> str:
        return self.ledger_url.get_secret_value() or f"sqlite:///{self.folder / 'ledger.sqlite'}"

    @property
    def broker(self) -> str:
        """Return the queue's address, or "" for the embedded queue."""
        return self.broker_url.get_secret_value()

    @property
    def scratch_folder(self) -> Path:
        return (self.scratch or self.folder / "scratch").absolute()


def load() -> Settings:
    """Return the settings of this process. Raises WrongUse that names each invalid variable."""
    try:
        return Settings(_secrets_dir=_SECRETS if _SECRETS.is_dir() else None)
    except ValidationError as error:
        wrong = "; ".join(f"FOOTAGE_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise WrongUse(wrong, code="settings-invalid", text=f"环境变量有误：{wrong}") from error
