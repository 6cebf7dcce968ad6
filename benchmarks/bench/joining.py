"""One who comes to a board for the first time, and how long it takes until the whole drawing is there."""

import asyncio
import gzip
import time
from dataclasses import dataclass
from typing import Self

import msgspec

from bench.crowd import Place
from bench.sockets import connect

LAST = b'"more":false'
"""Stands at the head of the last frame, also of a compressed one: only its paths are compressed."""


class Frame(msgspec.Struct):
    """What of a frame tells how much of the drawing it bears."""

    t: str
    paths: list[msgspec.Raw] = []


_frame = msgspec.json.Decoder(Frame)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Seconds from opening the connection to the last byte of the drawing, and until all was unpacked and parsed
    (0 if it was not); the bytes, and how many paths they bear."""

    took: float
    parsed: float
    size: int
    paths: int

    @classmethod
    async def come(cls, port: int, place: Place, *, packed: bool, read: bool = True) -> Self:
        """Come, wait for the whole drawing, and leave; without `read`, by its last bytes alone."""
        begin = time.monotonic()
        client = await connect(port, place.path)
        done = asyncio.Event()
        frames: list[tuple[bytes, bool]] = []

        def hear(payload: bytes, binary: bool, _now: float) -> None:  # noqa: FBT001 - the shape of `Read`
            if read:
                frames.append((payload, binary))
            if LAST in payload[:200]:
                done.set()

        client.read = hear
        hello = msgspec.json.decode(place.hello)
        client.send(msgspec.json.encode({**hello, "gzip": packed}))
        async with asyncio.timeout(60):
            await done.wait()
        took, size = time.monotonic() - begin, client.bytes
        paths = sum(len(_read(*each).paths) for each in frames)
        parsed = time.monotonic() - begin
        client.close()
        return cls(took, parsed if read else 0.0, size, paths)


def _read(payload: bytes, binary: bool) -> Frame:  # noqa: FBT001 - as it came
    return _frame.decode(gzip.decompress(payload) if binary else payload)
