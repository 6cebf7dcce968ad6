"""What comes on a WebSocket, cut into its frames, so that the most frequent kind need not go through a parser."""

from websockets.frames import apply_mask as unmasked  # type: ignore[attr-defined]

from app.utils.websocket_frames import TEXT, frame_fault, frame_sizes

MASKED = 0x80


class Incoming:
    """Holds back a frame until it has come whole. `most`: bytes of content; a frame of more is not waited for."""

    __slots__ = ("_broken", "_held", "_most", "_size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = bytearray()
        self._size = 0
        self._broken = False

    @property
    def empty(self) -> bool:
        """Is what has come a whole number of frames, all of them within the rules?"""
        return not self._held and not self._broken

    def text(self, data: bytes) -> bytes | None:
        """Give what a text holds that came whole, in one frame, and alone: by far the most frequent. None for all else,
        and that is to be `cut`."""
        if data[0] != TEXT or self._held or self._broken:
            return None
        size = len(data)
        if size > 8 and data[1] == MASKED | 126:
            start, length = 8, data[2] << 8 | data[3]
        elif size > 6 and MASKED <= data[1] < MASKED | 126:
            start, length = 6, data[1] & 0x7F
        else:
            return None
        if size - start != length or length > self._most:
            return None
        return unmasked(data[start:], data[start - 4 : start])

    def cut(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Give the frames that are whole by now; then, as it is, what breaks the rules, and all that comes after it."""
        if self._broken:
            return [], data
        self._held += data
        if len(self._held) < self._size:
            return [], b""
        return self._cut_held()

    def _cut_held(self) -> tuple[list[bytes], bytes]:
        held, at, frames = self._held, 0, []
        while at < len(held):
            head, content = frame_sizes(held, at)
            self._broken = content > self._most or (len(held) - at > 1 and frame_fault(held, at))
            self._size = head + content
            if self._broken or not self._size or at + self._size > len(held):
                break
            frames.append(bytes(held[at : at + self._size]))
            at += self._size
            self._size = 0
        self._held = held[at:]
        if not self._broken:
            return frames, b""
        rest, self._held = bytes(self._held), bytearray()
        return frames, rest
