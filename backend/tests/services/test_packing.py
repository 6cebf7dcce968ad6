"""Compressing for those who take it: once for all, quickly first, and smaller behind that."""

import asyncio
from collections.abc import Iterator
from threading import Event

import pytest

from app.services import packing
from app.services.packing import WORTH_BYTES, Packer


class Frame:
    """A frame that is packed, and made smaller, when the test says so; `begun` notes what it was asked for."""

    def __init__(self, size: int = WORTH_BYTES) -> None:
        self.message, self.size = b"plain", size
        self.packed: bytes | None = None
        self.begun: list[str] = []
        self.may_go_on, self.shrinking = Event(), Event()

    @property
    def shrinkable(self) -> bool:
        return self.packed == b"quick"

    def pack(self) -> None:
        self.begun.append("pack")
        self._finish(b"quick")

    def shrink(self) -> None:
        self.begun.append("shrink")
        self.shrinking.set()
        self._finish(b"small")

    def _finish(self, packed: bytes) -> None:
        assert self.may_go_on.wait(20)
        self.packed = packed


@pytest.fixture
def frames() -> Iterator[list[Frame]]:
    made = [Frame() for _ in range(3)]
    yield made
    for frame in made:
        frame.may_go_on.set()


async def packed(packer: Packer, frame: Frame) -> None:
    """Ask for a frame, and wait until it is there."""
    there = asyncio.Event()
    assert packer.packed(frame, there.set) is None
    frame.may_go_on.set()
    await there.wait()
    frame.may_go_on.clear()


def test_c5_a_small_frame_goes_as_it_is() -> None:
    assert Packer().packed(Frame(WORTH_BYTES - 1), lambda: None) == b"plain"


async def test_c5_a_frame_is_packed_once_for_all_who_wait(frames: list[Frame]) -> None:
    packer, frame = Packer(), frames[0]
    others = [asyncio.Event() for _ in range(2)]
    for other in others:
        assert packer.packed(frame, other.set) is None
    await packed(packer, frame)
    await asyncio.gather(*(other.wait() for other in others))
    frame.may_go_on.set()
    assert packer.packed(frame, lambda: None) == b"quick"
    assert frame.begun[:1] == ["pack"]
    assert "pack" not in frame.begun[1:]


async def test_c5_what_is_sent_again_is_made_smaller_one_at_a_time(
    frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "REST_SECONDS", 0.0)
    packer = Packer()
    for frame in frames:
        await packed(packer, frame)
    for _ in range(2):
        assert [packer.packed(frame, lambda: None) for frame in frames] == [b"quick"] * 3, "nobody waits for that"
    for done, frame in enumerate(frames):
        assert await asyncio.to_thread(frame.shrinking.wait, 20)
        assert [each.begun.count("shrink") for each in frames] == [1] * (done + 1) + [0] * (2 - done)
        frame.may_go_on.set()
    assert packer.packed(frames[0], lambda: None) == b"small"
