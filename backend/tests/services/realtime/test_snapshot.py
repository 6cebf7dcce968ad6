"""The frames of a snapshot: whatever was kept of earlier ones, each is the drawing as it stands."""

import gc
import gzip
import json
import zlib
from itertools import pairwise
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from room_model import STAMP, Json, every_op, merged, new_room, path_id, put, read, told
from room_model import enter as enter_room

from app.schemas.ops import Clear, Delete, Op
from app.services.realtime import chunks, snapshot
from app.services.realtime.board import Board
from app.services.realtime.chunks import Chunk, Chunks
from app.services.realtime.history import History, touched_by
from app.services.realtime.snapshot import SnapshotCache, SnapshotFrame
from app.utils.websocket_frames import BINARY, TEXT, payload_of

LONG = "M0 0" + "L10 10" * 2000


def unpacked(frame: SnapshotFrame) -> Json:
    """A frame's JSON, which its gzip must hold too, whether made quickly or at length."""
    frame.pack()
    quick = inflated(frame)
    frame.shrink()
    assert quick == inflated(frame)
    return quick


def inflated(frame: SnapshotFrame) -> Json:
    """A frame's JSON, which its gzip must hold too, in one member that browsers can read."""
    assert frame.packed
    assert (frame.message[0], frame.packed[0]) == (TEXT, BINARY)
    text = payload_of(frame.message)
    assert len(text) == frame.size
    one_member = zlib.decompressobj(zlib.MAX_WBITS + 16)
    assert one_member.decompress(payload_of(frame.packed)) == text == gzip.decompress(payload_of(frame.packed))
    assert one_member.eof
    assert one_member.unused_data == b""
    return json.loads(text)


def shown(frames: tuple[SnapshotFrame, ...]) -> list[Json]:
    return [path for frame in frames for path in unpacked(frame)["paths"]]


@given(st.lists(st.lists(every_op, max_size=4), min_size=1, max_size=12), st.integers(1, 300))
def test_s1_a_snapshot_is_the_board_whatever_was_asked_before(ticks: list[list[Op]], size: int) -> None:
    room = new_room()
    with mock.patch.object(chunks, "CHUNK_BYTES", size):
        for ops in ticks:
            room.receive(room.next_seq, ops)
            room.flush(ops=True)
            frames = room.snapshots.get(room.board, room.epoch, room.seq, room.history)
            paths = shown(frames)
            assert sorted(paths, key=lambda path: path["id"]) == paths, "W6: in order"
            assert {path["id"]: path["ts"] for path in paths} == {
                path.id: path.ts for path in told(room.board).paths.values()
            }
            heads = [json.loads(payload_of(frame.message)) for frame in frames]
            assert [head["more"] for head in heads] == [True] * (len(frames) - 1) + [False]
            assert {(head["epoch"], head["seq"], head["cleared"]) for head in heads} == {
                ("e", room.seq, room.board.cleared)
            }


def board_of(count: int) -> Board:
    return merged(put(number, STAMP, LONG) for number in range(count))


def test_only_chunks_in_which_something_changed_are_made_anew() -> None:
    board = board_of(80)
    kept = Chunks(board)
    before = kept.all()
    assert len(before) > 5
    for op in (put(3, STAMP + 1), Delete(path_id(20), STAMP + 1), put(100, STAMP, LONG)):
        board.merge(op)
    kept.refresh(board, [path_id(3), path_id(20), path_id(100)])
    same = [chunk for chunk in before if chunk in kept.all()]
    assert len(before) - len(same) == 3
    assert [path for chunk in kept.all() for path in chunk.ids] == sorted(board.ids())
    assert all(one.ids[-1] < other.ids[0] for one, other in pairwise(kept.all()))


def test_chunks_that_grow_are_split_and_those_that_become_empty_go() -> None:
    board = board_of(1)
    kept = Chunks(board)
    for number in range(1, 30):
        board.merge(put(number, STAMP, LONG))
    kept.refresh(board, map(path_id, range(1, 30)))
    assert max(chunk.size for chunk in kept.all()) < 2 * chunks.CHUNK_BYTES
    for number in range(30):
        board.merge(Delete(path_id(number), STAMP + 1))
    kept.refresh(board, map(path_id, range(30)))
    assert [chunk.text for chunk in kept.all()] == [b"]}"]
    board.merge(put(5, STAMP + 2))
    kept.refresh(board, [path_id(5)])
    assert [chunk.ids for chunk in kept.all()] == [[path_id(5)]]


def test_what_is_compressed_is_kept_over_seqs() -> None:
    room = new_room(*[put(number, STAMP, LONG) for number in range(40)])
    for frame in room.snapshots.get(room.board, "e", room.seq, room.history):
        frame.pack()
    room.receive(1, [put(99, STAMP)])
    room.flush(ops=True)
    frames = room.snapshots.get(room.board, "e", room.seq, room.history)
    assert [frame.packed is not None for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert json.loads(gzip.decompress(payload_of(frames[0].packed or b"")))["seq"] == 1


def test_what_is_sent_again_is_made_smaller_and_stays_so_over_seqs() -> None:
    room = new_room(*[put(number, STAMP, LONG + f"L{number} 1") for number in range(40)])
    frames = room.snapshots.get(room.board, "e", room.seq, room.history)
    for frame in frames:
        frame.pack()
        assert not frame.shrinkable
    frames = room.snapshots.get(room.board, "e", room.seq, room.history)
    assert [frame.shrinkable for frame in frames] == [True] * (len(frames) - 1) + [False], "the last is still to grow"
    quick = len(frames[0].packed or b"")
    frames[0].shrink()
    assert not frames[0].shrinkable
    assert len(frames[0].packed or b"") < quick
    room.receive(1, [put(99, STAMP)])
    room.flush(ops=True)
    again = room.snapshots.get(room.board, "e", room.seq, room.history)
    assert [frame.shrinkable for frame in again] == [False] + [True] * (len(frames) - 2) + [False]


def test_s7_frames_live_only_as_long_as_they_wait_for_somebody() -> None:
    room = new_room(*[put(number, STAMP, LONG) for number in range(20)])
    one, other = enter_room(room), enter_room(room, 2)
    assert one.outbox.state[-1] is other.outbox.state[-1]
    assert one.outbox.state[-1].message is other.outbox.state[-1].message
    for member in (one, other):
        read(room, member)
    gc.collect()
    assert not list(room.snapshots._frames.values())


def test_chunks_are_dropped_when_nobody_has_come_for_long() -> None:
    cache, board = SnapshotCache(), board_of(3)
    cache.get(board, "e", 0, History(0))
    for _ in range(snapshot.SWEEPS):
        cache.drop()
        assert cache._chunks
    cache.get(board, "e", 0, History(0))
    cache.drop()
    assert cache._chunks
    for _ in range(snapshot.SWEEPS):
        cache.drop()
    assert cache._chunks is None
    assert len(shown(cache.get(board, "e", 0, History(0)))) == 3


def test_s1_what_the_history_does_not_tell_is_read_from_the_board() -> None:
    board = board_of(3)
    cache = SnapshotCache()
    cache.get(board, "e", 0, History(0))
    board.merge(put(9, STAMP))
    assert len(shown(cache.get(board, "e", 5, History(4)))) == 4
    board.merge(Clear(STAMP))
    history = History(4)
    history.add(6, touched_by([Clear(STAMP)]))
    assert shown(cache.get(board, "e", 6, history)) == []


def test_an_empty_chunk_is_empty_text() -> None:
    empty = Chunk([], [])
    empty.deflate()
    assert gzip.decompress(empty.gzip(b'{"paths":[')) == b'{"paths":[]}'
