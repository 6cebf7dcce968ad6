"""What each connection is sent: a welcome and the drawing when it comes, then the ticks, or what it missed (S1, S7)."""

from collections.abc import Callable

from msgspec import UNSET

from app.schemas import frames
from app.services.realtime.member import Greeting, Member
from app.services.realtime.outbox import Data, Frame, Outbox, Sendable, encoded
from app.services.realtime.room import Room


def next_frame(room: Room, member: Member, greeting: Callable[[], Greeting]) -> Sendable | None:
    """What to send to a connection next; one that is behind gets what it missed as one tick (S7)."""
    outbox = member.outbox
    if data := outbox.take():
        return data
    if outbox.number == room.log.number:
        return None
    if frame := room.log.after(outbox.number):
        outbox.number, outbox.seq = frame.number, frame.seq
        return frame.data
    if _catch_up(room, member):
        room.counts["merged"] += 1
    else:
        room.counts["late"] += 1
        welcome(room, member, greeting())
    return outbox.take()


def welcome(room: Room, member: Member, greeting: Greeting, since: tuple[str, int] | None = None) -> None:
    """S1: a welcome, and after it the ticks missed since `since` (epoch, seq), or else the whole drawing."""
    outbox = member.outbox
    outbox.begin(room.log.number)
    if since and since[0] == room.epoch and since[1] <= room.seq and room.history.covers(since[1]):
        room.counts["delta"] += 1
        outbox.state.append(_welcome(room, member, greeting, "delta"))
        _append_missed(room, outbox, since[1])
        return
    if since:
        room.counts["full"] += 1
    outbox.state.append(_welcome(room, member, greeting, "full"))
    _append_snapshot(room, outbox)
    if member.acked >= 0:  # the ticks that told so may be among those that are skipped
        outbox.news.append(encoded(frames.Tick(acks=[(member.user, member.acked)])))


def resync(room: Room, member: Member, greeting: Callable[[], Greeting]) -> None:
    """Send the whole drawing again; one that is on its way serves."""
    outbox = member.outbox
    room.counts["asked"] += 1
    if outbox.has_snapshot:
        return
    moves = room.log.moves(outbox.number)
    if moves is None:
        welcome(room, member, greeting())
        return
    if outbox.number < room.log.number:
        outbox.news.append(encoded(_missed(room, member, moves, ops=False)))
        outbox.number = room.log.number
    _append_snapshot(room, outbox)


def _append_snapshot(room: Room, outbox: Outbox) -> None:
    outbox.add_snapshot(room.snapshots.get(room.board, room.epoch, room.seq, room.history))
    outbox.seq = room.seq


def _catch_up(room: Room, member: Member) -> bool:
    """Tell in one tick what was missed; False if too much is forgotten."""
    outbox = member.outbox
    moves = room.log.moves(outbox.number)
    if moves is None or not room.history.covers(outbox.seq):
        return False
    outbox.state.append(encoded(_missed(room, member, moves, ops=room.seq > outbox.seq)))
    outbox.number, outbox.seq = room.log.number, room.seq
    return True


def _missed(room: Room, member: Member, moves: list[Frame], *, ops: bool) -> frames.Tick:
    """What a connection missed, but for cursors that moved and strokes that go on."""
    outbox = member.outbox
    return frames.Tick(
        seq=room.seq if ops else UNSET,
        from_=outbox.seq + 1 if ops else UNSET,
        ops=room.ops_of(room.history.since(outbox.seq)) if ops else UNSET,
        live=[end for frame in moves for end in frame.ended] or UNSET,
        cursors=[hidden for frame in moves for hidden in frame.hidden] or UNSET,
        joined=[user for frame in moves for user in frame.joined] or UNSET,
        left=[user for frame in moves for user in frame.left] or UNSET,
        acks=[(member.user, member.acked)] if member.acked >= 0 else UNSET,
    )


def _append_missed(room: Room, outbox: Outbox, seq: int) -> None:
    if seq < room.seq:
        ops = room.ops_of(room.history.since(seq))
        outbox.state.append(encoded(frames.Tick(seq=room.seq, from_=seq + 1, ops=ops)))
    outbox.seq = room.seq


def _welcome(room: Room, member: Member, greeting: Greeting, sync: str) -> Data:
    welcome = frames.Welcome(
        user=member.user,
        room=greeting.room,
        epoch=room.epoch,
        seq=room.seq,
        time=greeting.time,
        tick_ms=greeting.tick_ms,
        max_frame=greeting.max_frame,
        users=room.presence.listed(),
        cursors=[(user, x, y) for user, (x, y) in room.presence.cursors().items()],
        live=room.strokes.current(),
        sync=sync,
    )
    return encoded(welcome)
