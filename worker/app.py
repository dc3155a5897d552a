"""Assemble the service with its store, ledger, campaign and queue from the settings (composition root)."""

from __future__ import annotations

import os
import socket
import tempfile
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.domain.campaign import Campaign, parse
from pipelines.domain.errors import CampaignInvalid, NoSandbox, WrongUse
from pipelines.jobs.sweeper import Sweeper
from pipelines.sandbox import confinement
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import as_ours
from pipelines.scheduling.lanes import NoWaker, Waker
from pipelines.service import Service
from storage import S3Access, abort_uploads, open_store
from storage.base import StoreError
from storage.ledger import Ledger
from worker.settings import Settings
from worker.webhook_sender import WebhookSender, open_webhook_sender

if TYPE_CHECKING:
    import dramatiq


def open_service(settings: Settings, waker: Waker | None = None) -> Service:
    """Return the service of these settings. Without a waker no worker is woken: the caller runs its jobs itself."""
    return Service(open_context(settings), waker or NoWaker())


def open_context(settings: Settings) -> WorkContext:
    """Return the work context: store, ledger, campaign, scratch folder. Raises NoSandbox, WrongUse, Outage."""
    campaign = load_campaign(settings.campaign)
    if settings.sandbox == "on" and (reason := confinement.missing()):
        raise NoSandbox(reason)
    _make_folders(settings)
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    access = S3Access(settings.s3_endpoint, settings.s3_access_key, secret, settings.s3_region)
    try:
        return WorkContext(
            store=open_store(settings.store, s3=access),
            ledger=Ledger(settings.ledger),
            campaign=campaign,
            scratch=settings.scratch_folder,
            holder=f"{socket.gethostname()}:{os.getpid()}",
            reserve=settings.reserve_bytes,
            confined=settings.sandbox == "on",
            machine_name=settings.box or socket.gethostname(),
            memory=settings.memory_bytes,
            cores=settings.cores,
            first_retry=settings.retry_seconds,
        )
    except ValueError as error:
        raise WrongUse(
            str(error), code="settings-invalid", text="FOOTAGE_STORE_URL 或 FOOTAGE_LEDGER_URL 有误。"
        ) from error
    except StoreError as error:
        raise as_ours(error) from error


def _make_folders(settings: Settings) -> None:
    try:
        for folder in (settings.folder, settings.scratch_folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
    except (OSError, RuntimeError) as error:
        detail = f"FOOTAGE_HOME, FOOTAGE_SCRATCH: {error}"
        raise WrongUse(
            detail, code="home-unwritable", text="数据目录无法写入，请检查 FOOTAGE_HOME 的路径和权限。"
        ) from error


@dataclass(frozen=True, slots=True)
class House:
    """The assembled parts of one installation: broker, work context, waker, service, sweeper and webhook sender."""

    broker: dramatiq.Broker
    context: WorkContext
    waker: Waker
    service: Service
    sweeper: Sweeper
    webhooks: WebhookSender | None


def open_house(settings: Settings) -> House:
    """Assemble an installation whose jobs go to the queue: the embedded one unless the settings name another."""
    # Imported here, because it takes a fifth of a second and only commands that queue jobs need it.
    from worker import embedded
    from worker.broker import LaneWaker, make_broker

    broker = make_broker(settings.broker or embedded.url_of(settings.folder))
    context, waker = open_context(settings), LaneWaker(broker)
    sweeper = Sweeper(context, waker, settings.orphan_seconds, partial(abort_uploads, context.store))
    return House(broker, context, waker, Service(context, waker), sweeper, open_webhook_sender(settings, context))


def load_campaign(name: str) -> Campaign:
    """Load a bundled campaign by its name, or any other by the path of its file. Raises CampaignInvalid."""
    bundled = files("pipelines.domain") / "campaigns" / f"{name}.toml"
    try:
        if name.replace("-", "").isalnum() and bundled.is_file():
            return parse(bundled.read_text(encoding="utf-8"), f"{name}.toml")
        return parse(Path(name).read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise CampaignInvalid(f"{name}: {error}", text=f"找不到或读不出活动配置文件：{name}") from error
