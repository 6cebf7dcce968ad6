"""Bytes cut into a client's frames, however they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from app.core.incoming import Incoming
from app.utils.websocket_frames import frame_sizes, mask_and_payload

MOST = 70_000
SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, MOST]

kinds = st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG])


@st.composite
def made(draw: st.DrawFn) -> bytes:
    opcode = draw(kinds)
    size = draw(st.sampled_from([0, 5, 125] if opcode >= Opcode.CLOSE else SIZES))
    return Frame(opcode, b"x" * size).serialize(mask=True)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(st.lists(made(), min_size=1, max_size=6), st.lists(st.integers(0, 1 << 20), max_size=12), st.booleans())
def test_every_frame_comes_out_as_soon_as_it_is_whole(frames: list[bytes], cuts: list[int], apart: bool) -> None:
    incoming = Incoming(MOST)
    got: list[bytes] = []
    came = 0
    for part in frames if apart else [b"".join(frames)]:
        for piece in pieces(part, cuts):
            whole, broken = incoming.cut(piece)
            assert not broken
            got += whole
            came += len(piece)
            assert came - sum(map(len, got)) < len([*frames, b"-"][len(got)]), "nothing that is whole is held back"
    assert got == frames


@given(st.lists(made(), max_size=3), st.lists(st.integers(0, 1 << 20), max_size=6), st.data())
def test_what_breaks_the_rules_is_not_waited_for(frames: list[bytes], cuts: list[int], data: st.DataObject) -> None:
    bad = data.draw(
        st.sampled_from(
            [
                b"\xc1\x85",  # a bit that no extension has given a meaning
                b"\x81\x05",  # no mask
                b"\x89\xfe",  # a long ping
                b"\x81\xff" + (MOST + 1).to_bytes(8, "big"),
            ]
        )
    )
    incoming = Incoming(MOST)
    got, rest = [], b""
    for piece in pieces(b"".join(frames) + bad + b"and what follows", cuts):
        whole, broken = incoming.cut(piece)
        assert not (rest and whole)
        got += whole
        rest += broken
    assert got == frames
    assert rest == bad + b"and what follows"


@pytest.mark.parametrize("size", SIZES)
def test_mask_and_payload_are_found(size: int) -> None:
    frame = Frame(Opcode.TEXT, b"y" * size).serialize(mask=True)
    mask, payload = mask_and_payload(frame)
    assert sum(frame_sizes(frame)) == len(frame)
    assert frame_sizes(frame)[1] == size
    assert bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload)) == b"y" * size


@given(st.lists(made(), min_size=1, max_size=2), st.integers(0, 1 << 20), st.booleans())
def test_a_text_that_came_whole_and_alone_is_given_as_it_is(frames: list[bytes], cut: int, whole: bool) -> None:
    incoming = Incoming(MOST)
    data = b"".join(frames) if whole else frames[0][: 1 + cut % len(frames[0])]
    content = incoming.text(data)
    if len(data) == len(frames[0]) and data[0] == 0x81 and data[1] != 0x80 | 127 and data[1] != 0x80:
        assert content == b"x" * len(content or b"")
        assert len(content or b"") == len(data) - (6 if data[1] < 0x80 | 126 else 8)
    else:
        assert content is None, "it is left to the parser, or to be cut"
        incoming.cut(data[:1])
        assert incoming.text(frames[0]) is None, "something is before it"


def test_a_text_of_more_than_may_come_is_left_to_the_parser() -> None:
    frame = Frame(Opcode.TEXT, b"x" * 200).serialize(mask=True)
    assert (Incoming(200).text(frame), Incoming(199).text(frame)) == (b"x" * 200, None)
