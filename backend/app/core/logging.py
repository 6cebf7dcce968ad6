"""Logging: structlog and the standard library's loggers come out the same way, as lines for people or as JSON."""

import logging
import sys
from collections.abc import Sequence

import structlog

QUIET = ("uvicorn", "uvicorn.error", "websockets", "asyncio", "sqlalchemy", "alembic", "httpx", "httpcore")
"""Loggers that never go below WARNING: at DEBUG they would write frames, and with them tokens, into the log."""


def configure_logging(level: str, style: str, worker: str | None = None) -> None:
    """Write records of `level` (a name in lower case) and above to stderr; `style` is "console" or "json".

    `worker`: which of several this process is; each record bears it then.
    """
    before: Sequence[structlog.types.Processor] = (
        structlog.contextvars.merge_contextvars,
        *([marker(worker)] if worker else []),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[remove, *renderers(style, colors=sys.stderr.isatty())]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    route_loggers(logging.getLogger().level)


def marker(worker: str) -> structlog.types.Processor:
    """Give what adds the worker to records that do not tell of one."""

    def mark(_logger: object, _name: str, record: structlog.types.EventDict) -> structlog.types.EventDict:
        record.setdefault("worker", worker)
        return record

    return mark


def renderers(style: str, *, colors: bool) -> list[structlog.types.Processor]:
    """Give what turns a record into text; tracebacks are plain, since one with local variables would tell secrets."""
    if style == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def route_loggers(level: int) -> None:
    """Send the libraries' loggers through the root's handler, and keep the talkative ones quiet."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
