"""What the server and its import workers tell each other over a pipe: frames of a length and MessagePack.

To the worker: a job, then the file's bytes. From it: the paths in parts, then the report; or a refusal.
"""

import struct

import msgspec

from app.services.svg.limits import Limits
from app.services.svg.report import ImportedPath, Skipped

LENGTH = struct.Struct(">I")
PART_PATHS = 100
PART_CHARACTERS = 64 * 1024
"""A part is a transaction: so small that nobody else's waits long for it."""


class Job(msgspec.Struct, frozen=True):
    """What is to be read: `size` bytes follow."""

    limits: Limits
    size: int
    cpu_seconds: float


class Part(msgspec.Struct, frozen=True, tag="part"):
    """Some of the paths, in their order."""

    paths: list[ImportedPath]


class Report(msgspec.Struct, frozen=True, tag="report"):
    """All paths were told; the rest met with this."""

    skipped: list[Skipped]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The file cannot be used: a code and a detail of `core/errors.py`; `last`: the worker is of no use any more."""

    code: str
    detail: str
    last: bool = False


Answer = Part | Report | Refused

_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def framed(message: msgspec.Struct) -> bytes:
    """A message as it goes over the pipe."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def read_answer(body: bytes) -> Answer:
    """What a worker has told."""
    return _answers.decode(body)


def in_parts(paths: list[ImportedPath]) -> list[Part]:
    """Paths in parts of bounded size, though a single one may be larger."""
    parts: list[Part] = []
    some: list[ImportedPath] = []
    size = 0
    for path in paths:
        if some and (len(some) == PART_PATHS or size + len(path[0]) > PART_CHARACTERS):
            parts.append(Part(some))
            some, size = [], 0
        some.append(path)
        size += len(path[0])
    return [*parts, Part(some)] if some else parts
