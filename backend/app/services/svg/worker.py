"""`python -m app.services.svg.worker MEGABYTES`: reads drawings that somebody sent, apart from the server.

Whatever a file does to this process, it is done to it alone: its memory and its time are bounded by the system, its
priority is low, and it has nothing but the pipe to the server.
"""

import contextlib
import os
import resource
import sys
from typing import BinaryIO

import msgspec

from app.core.errors import DrawingTooLarge, WhiteboardError
from app.services.svg.messages import LENGTH, Answer, Job, Refused, Report, framed, in_parts
from app.services.svg.resolver import import_svg

NICER = 5
MEGABYTE = 1024 * 1024


def main() -> None:
    """Serve until the pipe is closed."""
    os.nice(NICER)
    bound(resource.RLIMIT_AS, int(sys.argv[1]) * MEGABYTE)
    bound(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(BrokenPipeError):
        while serve(sys.stdin.buffer, sys.stdout.buffer):
            pass


def serve(source: BinaryIO, sink: BinaryIO) -> bool:
    """Do one job; whether there may be another one."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return False
    job = msgspec.msgpack.decode(source.read(LENGTH.unpack(head)[0]), type=Job)
    bound(resource.RLIMIT_CPU, int(spent() + job.cpu_seconds) + 1)
    answers = answers_to(job, source.read(job.size))
    sink.writelines(framed(answer) for answer in answers)
    sink.flush()
    return not (isinstance(answers[-1], Refused) and answers[-1].last)


def answers_to(job: Job, data: bytes) -> list[Answer]:
    """What to tell of a file."""
    try:
        imported = import_svg(data, job.limits)
        return [*in_parts(imported.paths), Report(imported.skipped)]
    except MemoryError:
        return [Refused(DrawingTooLarge.code, "The drawing needs too much memory to be read.", last=True)]
    except WhiteboardError as error:
        return [Refused(error.code, error.detail)]


def bound(what: int, most: int) -> None:
    """Set a soft limit; where the system has none of the kind, it is left out."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def spent() -> float:
    """Seconds of the processor that this process has had."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
