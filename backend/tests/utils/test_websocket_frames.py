"""Whole messages as bytes, read back by the websockets library."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from app.utils.websocket_frames import BINARY, TEXT, framed, payload_of

SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "opcode"), [(TEXT, Opcode.TEXT), (BINARY, Opcode.BINARY)])
def test_a_message_is_one_whole_frame(size: int, kind: int, opcode: Opcode) -> None:
    payload = b"x" * size
    message = framed(kind, payload)
    assert payload_of(message) == payload
    reader = StreamReader()
    reader.feed_data(message)
    reader.feed_eof()
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    frame = parsed.value.value
    assert (frame.opcode, bytes(frame.data), frame.fin) == (opcode, payload, True)
