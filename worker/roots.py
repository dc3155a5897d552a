"""Where a worker and the desk are put together from their parts: no shell knows another."""

from __future__ import annotations

import threading

import dramatiq
import structlog

from worker.actors import register
from worker.app import open_queue
from worker.broker import enqueue_on
from worker.settings import Settings

_DRAIN = 10_000  # milliseconds

log = structlog.get_logger()


def work(settings: Settings, lanes: set[str], stopping: threading.Event) -> None:
    """Run the jobs of these lanes until `stopping` is set."""
    broker, service = open_queue(settings)
    register(broker, service, enqueue_on(broker))
    # One thread: a job is ffmpeg, and ffmpeg uses the cores. Prefetch 1, or a second message would wait behind a
    # film for hours; the delay queue keeps its default, or a waiting message stops the heartbeats (FACTS).
    running = dramatiq.Worker(broker, queues=lanes, worker_threads=1)
    running.queue_prefetch = 1
    running.start()
    stopping.wait()
    running.stop(timeout=_DRAIN)
    broker.close()


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the desk until it is told to stop."""
    # Half a second of imports that only this word pays for.
    import uvicorn

    from desk.app import make_app

    _, service = open_queue(settings)
    if not service.place.ledger.keys.all():
        log.warning("nobody can sign in yet: issue an access key with `footage keys add`")
    app = make_app(service, settings.folder / "uploads", settings.max_upload_bytes, settings.requests_per_minute)
    uvicorn.run(
        app, host=host, port=port, log_config=None, server_header=False, access_log=False, limit_concurrency=500
    )
