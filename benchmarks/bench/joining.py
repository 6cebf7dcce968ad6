"""One who comes to a board for the first time, and how long it takes until the whole drawing is there."""

import asyncio
import gzip
import time
from dataclasses import dataclass
from typing import Self

import msgspec

from bench.crowd import Place
from bench.sockets import connect


class Frame(msgspec.Struct):
    """What of a frame tells that the drawing is complete."""

    t: str
    more: bool = True


_frame = msgspec.json.Decoder(Frame)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Seconds from opening the connection to the last byte of the drawing, and the bytes."""

    took: float
    size: int

    @classmethod
    async def come(cls, port: int, place: Place, *, packed: bool) -> Self:
        """Come, wait for the whole drawing, and leave. That frames are unpacked and looked at is part of the time."""
        begin = time.monotonic()
        client = await connect(port, place.path)
        done = asyncio.Event()

        def read(payload: bytes, binary: bool, _now: float) -> None:  # noqa: FBT001 - the shape of `Read`
            frame = _frame.decode(gzip.decompress(payload) if binary else payload)
            if frame.t == "snapshot" and not frame.more:
                done.set()

        client.read = read
        hello = msgspec.json.decode(place.hello)
        client.send(msgspec.json.encode({**hello, "gzip": packed}))
        async with asyncio.timeout(60):
            await done.wait()
        took = time.monotonic() - begin
        client.close()
        return cls(took, client.bytes)
