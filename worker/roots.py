"""Assemble and run a worker and the desk from their parts, so that neither imports the other."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import dramatiq
import structlog

from pipelines.domain.errors import FootageError
from pipelines.service import Service
from worker.actors import register
from worker.app import open_house
from worker.settings import Settings
from worker.submissions import QUEUE, register_submissions

_ENDING_DESK = 8  # seconds; what is still being sent then goes on where it stopped, and streams of events begin again
_ENDING = 5_000  # milliseconds; a child process whose lease was revoked ends within one second

OF_A_DESK = ("uvicorn", "desk.app", "desk.identity")  # modules that :func:`serve` alone needs: half a second

log = structlog.get_logger()


def work(settings: Settings, lanes: Sequence[str], stopping: threading.Event) -> None:
    """Run the jobs of these lanes until `stopping` is set; then finish those that end in time, hand back the rest."""
    house = open_house(settings)
    broker, service = house.broker, house.service
    register(broker, service, lanes, stopping)
    # One thread, because a job is mostly ffmpeg, which uses all cores. Prefetch 1, or messages would wait at a busy
    # worker. The delay queue, which we don't use, keeps its default, or a waiting message stops the heartbeats (FACTS).
    queues = {*lanes}
    if "urgent" in lanes:  # its workers are free soonest
        register_submissions(broker, service, settings.folder / "uploads", stopping)
        queues.add(QUEUE)
    running = dramatiq.Worker(broker, queues=queues, worker_threads=1)
    running.queue_prefetch = 1
    running.start()
    with service.present(lanes):
        stopping.wait()
        drained = threading.Thread(target=running.stop, args=(int(settings.drain_seconds * 1000) + _ENDING,))
        drained.start()
        drained.join(settings.drain_seconds)
        _hand_back(service)
        drained.join(1.0)
        if drained.is_alive():
            _hand_back(service)  # a job may have been claimed just before the stop
        drained.join()
    broker.close()


def _hand_back(service: Service) -> None:
    try:
        for job in service.hand_back():
            log.info("handed back", job=job.id)
    except FootageError as error:
        log.warning("left to the sweeper", code=error.code, detail=error.detail)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the desk until the process is told to stop."""
    # Imported here, because only this command needs it.
    import uvicorn

    from desk.app import make_app
    from desk.identity import Provider

    service = open_house(settings).service
    if not (service.keys.all() or service.people.accounts.all()):
        log.warning("nobody can sign in yet: add an account with `footage users add`")
    secret = settings.oidc_client_secret.get_secret_value()
    provider = Provider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_claim)
    app = make_app(
        service,
        settings.folder / "uploads",
        settings.max_upload_bytes,
        settings.requests_per_minute,
        provider if provider.issuer else None,
    )
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        server_header=False,
        access_log=False,
        limit_concurrency=500,
        timeout_graceful_shutdown=_ENDING_DESK,
    )
