"""Write structured logs to stderr: one JSON object per line, with the job id if there is a job, never file names."""

from __future__ import annotations

import logging
import sys

import structlog

from pipelines.scheduling.current import current_job


def _with_job(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if job := current_job.get():
        event.setdefault("job", job)
    return event


def configure(level: str, *, human: bool = False) -> None:
    """Send structlog and the standard library's loggers through one formatter. `human`: short lines for a terminal."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_job,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # dramatiq logs every message with its arguments at INFO.
    logging.getLogger("dramatiq").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
