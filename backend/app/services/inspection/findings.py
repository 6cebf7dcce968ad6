"""What a look at a deployment finds: one line a check, with a verdict, and what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import structlog

from app.core.errors import StartError

Verdict = Literal["ok", "warn", "fail"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """A check: what was looked at, what was found, and what to do unless it is well."""

    verdict: Verdict
    what: str
    found: str
    advice: str = ""


def ok(what: str, found: str) -> Finding:
    """It is well."""
    return Finding("ok", what, found)


def warn(what: str, found: str, advice: str) -> Finding:
    """It works, but may give trouble."""
    return Finding("warn", what, found, advice)


def fail(what: str, found: str, advice: str) -> Finding:
    """It does not work, or a promise does not hold."""
    return Finding("fail", what, found, advice)


Check = tuple[str, Callable[[], Iterable[Finding]]]
"""What is looked at, for people who wait, and the look."""


def examine(checks: Iterable[Check], waiting: Callable[[str], None] = lambda _: None) -> Iterator[Finding]:
    """Do the checks one after the other. One that breaks is a finding itself: the others must go on."""
    for what, look in checks:
        waiting(what)
        try:
            yield from look()
        except StartError as error:
            yield fail(what, str(error).removesuffix("."), "the server would not start with this")
        except Exception as error:
            log.debug("check broke", check=what, exc_info=error)
            reason = " ".join(str(error).split()) or type(error).__name__
            yield fail(what, f"cannot be looked at: {reason}", "see that this user may do what the server does")
