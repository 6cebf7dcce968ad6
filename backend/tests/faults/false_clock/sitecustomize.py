"""Run by every Python that has this folder in PYTHONPATH: its wall clock is off by the seconds in FALSE_CLOCK_FILE.

libfaketime does the same from outside, but a Python with threads stalls under it now and then, even while it adds
nothing (0.9.10); so only the Redis of these tests runs under it. The steady clocks are left alone, as by a step of the
machine's clock.
"""

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import jwt.api_jwt

_file = Path(os.environ["FALSE_CLOCK_FILE"])
_time = time.time
_gettime = time.clock_gettime


def _offset() -> int:
    return int(_file.read_text())


class _FalseDatetime(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:  # noqa: ANN401
        return dt.datetime.fromtimestamp(time.time(), tz)


def _false_gettime(clock: int) -> float:
    return _gettime(clock) + (_offset() if clock == time.CLOCK_REALTIME else 0)


time.time = lambda: _time() + _offset()
time.time_ns = lambda: int(time.time() * 1e9)
time.clock_gettime = _false_gettime
jwt.api_jwt.datetime = _FalseDatetime
