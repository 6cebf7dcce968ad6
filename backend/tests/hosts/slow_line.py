"""A line between two network namespaces that takes its time and loses packets: `slow_line.py one other MS PERCENT`.

An interface `slow` in each, and this process between them. (netem would do it in the kernel, where the kernel has it.)
"""

import fcntl
import heapq
import os
import select
import struct
import sys
import time
from itertools import count
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parents[2])]

from networks import inside  # noqa: E402

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
BYTES = 65536


def end_of(namespace: str) -> int:
    """Make the interface in a namespace; gives the file of its packets."""
    with inside(namespace):
        handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", b"slow", IFF_TUN | IFF_NO_PI))
    return handle


def carry(one: int, other: int, seconds: float, share: float) -> None:
    """Carry packets both ways until killed."""
    under_way: list[tuple[float, int, int, bytes]] = []
    chance, order = Random(1), count()
    across = {one: other, other: one}
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        for handle in select.select(list(across), (), (), wait)[0]:
            packet = _read(handle)
            if packet and chance.random() >= share:
                heapq.heappush(under_way, (time.monotonic() + seconds, next(order), across[handle], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _write(*heapq.heappop(under_way)[2:])


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, BYTES)
    except OSError:  # not up yet, or not any more
        return b""


def _write(handle: int, packet: bytes) -> None:
    try:
        os.write(handle, packet)
    except OSError:
        return


if __name__ == "__main__":
    ends = [end_of(namespace) for namespace in sys.argv[1:3]]
    print("ready", flush=True)  # noqa: T201
    carry(ends[0], ends[1], int(sys.argv[3]) / 1000, float(sys.argv[4]) / 100)
