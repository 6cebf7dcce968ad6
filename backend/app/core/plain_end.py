"""How a process ends that cannot start: it tells why in one line, and its exit status is 1."""

import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

import typer

from app.core.errors import StartError


@contextlib.contextmanager
def told_in_a_line() -> Iterator[None]:
    """Tell a StartError of the block in one line, also one that comes in a group, and exit with 1."""
    try:
        yield
    except StartError as error:
        fail(error)
    except ExceptionGroup as group:
        start_errors, others = group.split(StartError)
        if start_errors is None or others is not None:
            raise
        fail(first_of(start_errors))


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first error in a group, however deep it is."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


def fail(error: BaseException) -> NoReturn:
    """Tell the error in one line, and exit with 1."""
    typer.echo(f"whiteboard: {' '.join(str(error).split())}", err=True)
    sys.exit(1)
