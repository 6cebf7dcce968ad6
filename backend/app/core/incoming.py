"""What comes on a WebSocket, cut into its frames, so that the most frequent kind need not go through a parser."""

from app.utils.websocket_frames import TEXT, frame_fault, frame_size

HEAD_BYTES = 14


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

    def cut(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Give the frames that are whole by now; then, as it is, what breaks the rules, and all that comes after it."""
        if self._broken:
            return [], data
        if not self._held and len(data) == frame_size(data) <= self._most and data[0] == TEXT and data[1] & 0x80:
            return [data], b""  # by far the most frequent
        self._held += data
        if len(self._held) < self._size:
            return [], b""
        return self._cut_held()

    def _cut_held(self) -> tuple[list[bytes], bytes]:
        held, at, frames = self._held, 0, []
        while at < len(held):
            self._broken = self._refused(held, at)
            self._size = frame_size(held, at)
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

    def _refused(self, data: bytes | bytearray, at: int) -> bool:
        if len(data) - at < 2:
            return False
        return frame_fault(data, at) or frame_size(data, at) > self._most + HEAD_BYTES
