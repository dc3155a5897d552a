"""The composition root: settings in, a service with its store, ledger, campaign and queue out."""

from __future__ import annotations

import os
import socket
import tempfile
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.campaign import Campaign, parse
from pipelines.children import confinement
from pipelines.errors import CampaignInvalid, NoSandbox, WrongUse
from pipelines.jobs.sweeping import Sweeper
from pipelines.scheduling.failures import as_ours
from pipelines.scheduling.line import NoQueue, Queue
from pipelines.scheduling.place import Place
from pipelines.service import Service
from storage import S3Access, abort_uploads, open_store
from storage.base import StoreError
from storage.ledger import Ledger
from worker.settings import Settings

if TYPE_CHECKING:
    import dramatiq


def open_service(settings: Settings, queue: Queue | None = None) -> Service:
    """Everything a shell needs. Without a queue nobody is told: the caller runs its jobs itself."""
    campaign = load_campaign(settings.campaign)
    if settings.sandbox == "on" and (reason := confinement.missing()):
        raise NoSandbox(reason)
    _make_folders(settings)
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    access = S3Access(settings.s3_endpoint, settings.s3_access_key, secret, settings.s3_region)
    try:
        place = Place(
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
    return Service(place, queue or NoQueue())


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


def open_queue(settings: Settings) -> tuple[dramatiq.Broker, Service]:
    """A service whose jobs go to the queue, with the broker they go to: the embedded one unless told otherwise."""
    # A fifth of a second of imports: only the words that queue something pay for it.
    from worker import embedded
    from worker.broker import Lanes, make_broker

    broker = make_broker(settings.broker or embedded.url_of(settings.folder))
    return broker, open_service(settings, Lanes(broker))


def open_sweeper(settings: Settings, service: Service) -> Sweeper:
    """What looks after the jobs of this service."""
    tidy = partial(abort_uploads, service.place.store)
    return Sweeper(service.place, service.queue, settings.orphan_seconds, tidy)


def load_campaign(name: str) -> Campaign:
    """A campaign that comes with the program, by its name, or any other by the path of its file."""
    bundled = files("pipelines") / "campaigns" / f"{name}.toml"
    try:
        if name.replace("-", "").isalnum() and bundled.is_file():
            return parse(bundled.read_text(encoding="utf-8"), f"{name}.toml")
        return parse(Path(name).read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise CampaignInvalid(f"{name}: {error}", text=f"找不到或读不出活动配置文件：{name}") from error
