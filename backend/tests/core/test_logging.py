"""Logging: both forms, and nothing secret in either."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.core.logging import configure_logging


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield
    root.level, root.handlers[:] = before[0], before[1]
    structlog.reset_defaults()


def fail_with(secret: str) -> None:
    if secret:
        raise ValueError


def test_json_has_one_record_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("some.library").warning("%d things", 3)
    structlog.get_logger("our.module").info("saved", room="x")
    logging.getLogger("some.library").debug("not shown")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["event"] == "3 things"
    assert (first["level"], first["logger"]) == ("warning", "some.library")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["room"], second["level"]) == ("saved", "x", "info")


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_shows_no_variables(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", style)
    try:
        fail_with("".join(("se", "same")))
    except ValueError:
        logging.getLogger("x").exception("oh")
        structlog.get_logger("x").exception("oh")
    told = capsys.readouterr().err
    assert told.count("in fail_with") == 2
    assert "sesame" not in told


def test_people_get_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    logging.getLogger("x").info("hello")
    assert "hello" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["uvicorn.error", "websockets", "asyncio", "alembic.runtime"])
def test_libraries_do_not_chatter_even_when_debugging(name: str) -> None:
    configure_logging("debug", "console")
    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING
    assert logging.getLogger("app").getEffectiveLevel() == logging.DEBUG
    logging.getLogger(name).setLevel(logging.NOTSET)
